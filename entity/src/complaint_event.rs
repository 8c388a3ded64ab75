//! The timeline of a complaint, as the complainant sees it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub complaint_id: Uuid,
    pub from_status: Option<super::complaint::ComplaintStatus>,
    pub to_status: super::complaint::ComplaintStatus,
    pub actor_kind: super::audit_entry::ActorKind,
    pub actor_id: Option<Uuid>,
    /// Public reason, shown to the complainant.
    pub note: Option<String>,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
