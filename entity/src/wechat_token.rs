//! The app-level access token of one WeChat app, shared by all replicas, with the lease that lets one
//! of them refresh it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub appid: String,
    pub token_cipher: Option<Vec<u8>>,
    pub issued_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    /// When to ask the platform for the next one.
    pub refresh_at: Option<DateTimeUtc>,
    pub generation: i64,
    pub last_forced_at: Option<DateTimeUtc>,
    pub forced_on: Option<Date>,
    pub forced_count: i32,
    pub lease_holder: Option<String>,
    pub lease_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
