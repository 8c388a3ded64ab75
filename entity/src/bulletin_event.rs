//! A public act on a bulletin, and how far it was told to those whom it concerns.

use sea_orm::entity::prelude::*;

words! {
    BulletinEventKind { Published, Corrected, Withdrawn }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulletin_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub bulletin_id: Uuid,
    /// 1 for the publication.
    pub no: i32,
    pub kind: BulletinEventKind,
    /// Public: what was corrected, why it was withdrawn.
    pub note: Option<String>,
    pub staff_id: Uuid,
    pub at: DateTimeUtc,
    /// The last account that was told, while there are more; the next step goes on after it.
    pub reached: Option<Uuid>,
    /// When everybody had been told.
    pub told_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
