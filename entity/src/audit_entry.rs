//! Who did what to which object, when. Append only; holds ids and field names, never values.

use sea_orm::entity::prelude::*;

words! {
    ActorKind { Resident, Staff, System }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: DateTimeUtc,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    /// Permission-like verb, `article.publish`.
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    pub request_id: Option<String>,
    /// Field names and codes only.
    pub details: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
