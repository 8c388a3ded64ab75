//! A wish to close an account, and what became of it. Once the account is erased the row is the
//! certificate of it: it tells what was deleted and what the law makes us keep, and no longer whose
//! it was.

use sea_orm::entity::prelude::*;

words! {
    DeletionStatus { Scheduled, Cancelled, Erasing, Erased }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_deletions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// None once erased.
    pub account_id: Option<Uuid>,
    /// The pseudonym under which restricted records are kept; set when the erasure begins.
    pub subject_id: Option<Uuid>,
    pub status: DeletionStatus,
    pub requested_at: DateTimeUtc,
    /// End of the cooling-off period.
    pub closes_at: DateTimeUtc,
    pub cancelled_at: Option<DateTimeUtc>,
    pub erased_at: Option<DateTimeUtc>,
    /// Numbers of rows by table; only `personal_data::model::Outcome` reads it.
    pub outcome: Json,
    /// Cases of this person are still being handled.
    pub has_open_cases: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
