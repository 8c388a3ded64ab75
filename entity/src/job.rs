//! Work that a committed change asked for. The row is written in the transaction of the change and
//! is the only way to an external effect.

use sea_orm::entity::prelude::*;

words! {
    /// `dead` jobs used up their attempts and wait for an operator.
    JobStatus { Ready, Running, Done, Dead }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `booking.expire`
    pub kind: String,
    /// Ids only: no personal data.
    pub payload: Json,
    /// Asked for once, however often: an expiry, a delivery, one due time of a schedule.
    pub unique_key: Option<String>,
    pub status: JobStatus,
    pub run_at: DateTimeUtc,
    pub attempts: i32,
    pub max_attempts: i32,
    pub lease_holder: Option<String>,
    pub lease_until: Option<DateTimeUtc>,
    pub last_error: Option<String>,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
