mod conflicts;
mod merge;
mod real_names;
mod sessions;

pub use conflicts::{adopt_unionid, conflict, conflicts_page, decide_conflict, note_conflict};
pub use merge::{
    give_up_second_export, move_or_drop_row, move_rows, rename_idempotency_keys, retire,
    update_merged,
};
pub use real_names::{delete_real_name, has_open_complaint, put_real_name, real_name};
pub use sessions::{open_session, open_sessions_page, other_open_sessions};

use chrono::{DateTime, Utc};
use entity::account::{self, Audience};
use entity::wechat_identity;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use uuid::Uuid;

pub async fn account(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_id(id).one(conn).await
}

/// The account that holds a unionid.
pub async fn holder(
    conn: &impl ConnectionTrait,
    unionid: &str,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find().filter(account::Column::Unionid.eq(unionid)).one(conn).await
}

/// Accounts, locked until the end of the transaction and always in the same order: before their
/// identities and before anything they own. Rows that refer to them may still be added.
pub async fn locked_accounts(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .order_by_asc(account::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(conn)
        .await
}

pub async fn identity(
    conn: &impl ConnectionTrait,
    appid: &str,
    openid: &str,
) -> Result<Option<wechat_identity::Model>, DbErr> {
    wechat_identity::Entity::find()
        .filter(wechat_identity::Column::Appid.eq(appid))
        .filter(wechat_identity::Column::Openid.eq(openid))
        .one(conn)
        .await
}

/// By what WeChat knows an account inside one app.
pub async fn identity_of(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    appid: &str,
) -> Result<Option<wechat_identity::Model>, DbErr> {
    wechat_identity::Entity::of(account_id, appid).one(conn).await
}

pub async fn insert_account(
    conn: &impl ConnectionTrait,
    row: account::ActiveModel,
) -> Result<account::Model, DbErr> {
    account::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn insert_identity(
    conn: &impl ConnectionTrait,
    row: wechat_identity::ActiveModel,
) -> Result<(), DbErr> {
    wechat_identity::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Notes a log-in; what is `None` stays as it is.
pub async fn update_identity(
    conn: &impl ConnectionTrait,
    id: Uuid,
    unionid: Option<&str>,
    session_key_cipher: Option<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = wechat_identity::Entity::update_many()
        .col_expr(wechat_identity::Column::LastLoginAt, Expr::value(now));
    if let Some(key) = session_key_cipher {
        update = update.col_expr(wechat_identity::Column::SessionKeyCipher, Expr::value(key));
    }
    if let Some(unionid) = unionid {
        update = update.col_expr(wechat_identity::Column::Unionid, Expr::value(unionid));
    }
    update.filter(wechat_identity::Column::Id.eq(id)).exec(conn).await.map(|_| ())
}

fn change(id: Uuid, now: DateTime<Utc>) -> UpdateMany<account::Entity> {
    account::Entity::update_many()
        .col_expr(account::Column::UpdatedAt, Expr::value(now))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(id))
}

/// Lets an account hold a unionid, or with `None` none.
pub async fn set_unionid(
    conn: &impl ConnectionTrait,
    id: Uuid,
    unionid: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let update = change(id, now).col_expr(account::Column::Unionid, Expr::value(unionid));
    update.exec(conn).await.map(|_| ())
}

/// What a resident says about himself: `None` leaves a column alone, `Some(None)` clears it.
pub struct Profile {
    pub audience: Option<Option<Audience>>,
    pub region_code: Option<Option<String>>,
    pub school_name_cipher: Option<Option<Vec<u8>>>,
}

pub async fn update_profile(
    conn: &impl ConnectionTrait,
    id: Uuid,
    profile: Profile,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = change(id, now);
    if let Some(audience) = profile.audience {
        update = update.col_expr(account::Column::Audience, Expr::value(audience));
    }
    if let Some(region_code) = profile.region_code {
        update = update.col_expr(account::Column::RegionCode, Expr::value(region_code));
    }
    if let Some(school) = profile.school_name_cipher {
        update = update.col_expr(account::Column::SchoolNameCipher, Expr::value(school));
    }
    update.exec(conn).await.map(|_| ())
}

/// Stores or, with `None`, removes the phone.
pub async fn update_phone(
    conn: &impl ConnectionTrait,
    id: Uuid,
    phone: Option<(Vec<u8>, Vec<u8>)>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (bound_at, (cipher, index)) = (phone.as_ref().map(|_| now), phone.unzip());
    let update = change(id, now)
        .col_expr(account::Column::PhoneCipher, Expr::value(cipher))
        .col_expr(account::Column::PhoneIndex, Expr::value(index))
        .col_expr(account::Column::PhoneBoundAt, Expr::value(bound_at));
    update.exec(conn).await.map(|_| ())
}

/// Accounts with a phone, given by its index under every key. At most `limit`.
pub async fn by_phone(
    conn: &impl ConnectionTrait,
    indexes: Vec<Vec<u8>>,
    limit: u64,
) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find()
        .filter(account::Column::PhoneIndex.is_in(indexes))
        .limit(limit)
        .all(conn)
        .await
}
