use chrono::{DateTime, Utc};
use entity::account::{self, Audience};
use entity::wechat_identity;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    UpdateMany,
};
use uuid::Uuid;

pub async fn account(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_id(id).one(conn).await
}

/// The identity of an openid, locked until the end of the transaction.
pub async fn locked_identity(
    conn: &impl ConnectionTrait,
    appid: &str,
    openid: &str,
) -> Result<Option<wechat_identity::Model>, DbErr> {
    wechat_identity::Entity::find()
        .filter(wechat_identity::Column::Appid.eq(appid))
        .filter(wechat_identity::Column::Openid.eq(openid))
        .lock_exclusive()
        .one(conn)
        .await
}

/// The openid of an account inside one app.
pub async fn openid_of(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    appid: &str,
) -> Result<Option<String>, DbErr> {
    let identity = wechat_identity::Entity::find()
        .filter(wechat_identity::Column::AccountId.eq(account_id))
        .filter(wechat_identity::Column::Appid.eq(appid))
        .one(conn)
        .await?;
    Ok(identity.map(|row| row.openid))
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

pub async fn update_identity(
    conn: &impl ConnectionTrait,
    id: Uuid,
    unionid: Option<&str>,
    session_key_cipher: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = wechat_identity::Entity::update_many()
        .col_expr(wechat_identity::Column::SessionKeyCipher, Expr::value(session_key_cipher))
        .col_expr(wechat_identity::Column::LastLoginAt, Expr::value(now));
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

/// Changes what is given: `None` leaves a column alone, `Some(None)` clears it.
pub async fn update_account(
    conn: &impl ConnectionTrait,
    id: Uuid,
    audience: Option<Option<Audience>>,
    region_code: Option<Option<String>>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = change(id, now);
    if let Some(audience) = audience {
        update = update.col_expr(account::Column::Audience, Expr::value(audience));
    }
    if let Some(region_code) = region_code {
        update = update.col_expr(account::Column::RegionCode, Expr::value(region_code));
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
    change(id, now)
        .col_expr(account::Column::PhoneCipher, Expr::value(cipher))
        .col_expr(account::Column::PhoneIndex, Expr::value(index))
        .col_expr(account::Column::PhoneBoundAt, Expr::value(bound_at))
        .exec(conn)
        .await
        .map(|_| ())
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
