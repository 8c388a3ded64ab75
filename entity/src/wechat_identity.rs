//! One person inside one WeChat app: (appid, openid) is unique, the unionid joins apps of one
//! Open Platform account and may arrive later.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::BinOper;
use sea_orm::{ExprTrait as _, QueryOrder as _};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_identities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub appid: String,
    pub openid: String,
    pub unionid: Option<String>,
    /// Field-encrypted; must never leave the server.
    pub session_key_cipher: Option<Vec<u8>>,
    pub created_at: DateTimeUtc,
    pub last_login_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The identities of an account in one app, the one used last first. The app is spelt so that no
    /// index has it: nearly everybody is in the same one, and a plan that PostgreSQL made before it knew
    /// that reads them all.
    #[must_use]
    pub fn of(account_id: Uuid, appid: &str) -> Select<Self> {
        let of_app = Expr::col((Self, Column::Appid)).binary(BinOper::Custom("||"), "").eq(appid);
        Self::find()
            .filter(Column::AccountId.eq(account_id))
            .filter(of_app)
            .order_by_desc(Column::LastLoginAt)
    }
}
