//! Who did what to which object, when and from where. Append only; holds ids and field names, never
//! values. Signed when written, numbered and chained when sealed (ADR 0006).

use sea_orm::entity::prelude::*;

words! {
    ActorKind { Resident, Staff, System }
}

words! {
    /// `refused`: known, but not allowed. `failed`: could not prove who they are.
    AuditOutcome { Success, Refused, Failed }
}

words! {
    /// What a request was made with, as far as it says.
    ClientKind { MiniProgram, Wechat, Browser, Program }
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
    pub outcome: AuditOutcome,
    pub request_id: Option<String>,
    pub session_id: Option<Uuid>,
    /// Field-encrypted address of the client.
    pub address_cipher: Option<Vec<u8>>,
    pub client: Option<ClientKind>,
    /// Keyed digest of the object before the change: equal states are equal, nothing else is told.
    pub before_digest: Option<Vec<u8>>,
    pub after_digest: Option<Vec<u8>>,
    /// Field names and codes only.
    pub details: Option<Json>,
    /// Over all the above, with the address in clear, so that its key can be changed.
    pub mac: Vec<u8>,
    /// Place in the chain, once sealed.
    pub seq: Option<i64>,
    /// MAC over the previous link, `seq` and `mac`.
    pub link: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
