//! Passwords, authenticators, recovery codes, log-in tickets and WeChat bindings.

use chrono::{DateTime, Utc};
use entity::{
    staff_factor, staff_login_ticket, staff_member, staff_password_history, staff_recovery_code,
    staff_wechat_binding,
};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

/// Stores a new password and ends every access token and log-in ticket. False when somebody else
/// changed the credentials since `epoch` was read.
pub async fn set_password(
    conn: &impl ConnectionTrait,
    id: Uuid,
    epoch: i32,
    password_hash: &str,
    must_change: bool,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use staff_member::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(password_hash))
        .col_expr(Column::PasswordChangedAt, Expr::value(now))
        .col_expr(Column::MustChangePassword, Expr::value(must_change))
        .col_expr(Column::FailedLogins, Expr::value(0))
        .col_expr(Column::LockedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Epoch.eq(epoch))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends every access token and log-in ticket of a member. False when `epoch` is not current.
pub async fn raise_epoch(
    conn: &impl ConnectionTrait,
    id: Uuid,
    epoch: i32,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use staff_member::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Epoch.eq(epoch))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The hashes of the last passwords, newest first.
pub async fn past_passwords(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    most: u64,
) -> Result<Vec<staff_password_history::Model>, DbErr> {
    use staff_password_history::{Column, Entity};
    Entity::find()
        .filter(Column::StaffId.eq(staff_id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(most)
        .all(conn)
        .await
}

/// Remembers a password and forgets those before the last `keep`.
pub async fn remember_password(
    conn: &impl ConnectionTrait,
    row: staff_password_history::ActiveModel,
    staff_id: Uuid,
    keep: u64,
) -> Result<(), DbErr> {
    use staff_password_history::{Column, Entity};
    Entity::insert(row).exec_without_returning(conn).await?;
    let kept = past_passwords(conn, staff_id, keep).await?;
    Entity::delete_many()
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::Id.is_not_in(kept.into_iter().map(|row| row.id)))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn factor(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
) -> Result<Option<staff_factor::Model>, DbErr> {
    staff_factor::Entity::find_by_id(staff_id).one(conn).await
}

/// Keeps a secret until its first code comes; a factor that is in use stays so meanwhile.
pub async fn begin_enrolment(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    secret_cipher: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use staff_factor::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        staff_id: Set(staff_id),
        secret_cipher: Set(None),
        confirmed_at: Set(None),
        last_used_step: Set(None),
        pending_cipher: Set(Some(secret_cipher)),
        pending_at: Set(Some(now)),
    };
    let replace = OnConflict::column(Column::StaffId)
        .update_columns([Column::PendingCipher, Column::PendingAt])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(conn).await.map(|_| ())
}

/// Puts the pending secret in use; the code that proved it is used up. False when it is no longer
/// the one that was pending.
pub async fn confirm_enrolment(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    pending_at: DateTime<Utc>,
    secret_cipher: Vec<u8>,
    step: i64,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use staff_factor::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::SecretCipher, Expr::value(secret_cipher))
        .col_expr(Column::ConfirmedAt, Expr::value(now))
        .col_expr(Column::LastUsedStep, Expr::value(step))
        .col_expr(Column::PendingCipher, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(Column::PendingAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::PendingAt.eq(pending_at))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Uses a time step up. False when it, or a later one, was used before, or the secret is another.
pub async fn use_step(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    confirmed_at: DateTime<Utc>,
    step: i64,
) -> Result<bool, DbErr> {
    use staff_factor::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::LastUsedStep, Expr::value(step))
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::ConfirmedAt.eq(confirmed_at))
        .filter(Column::LastUsedStep.is_null().or(Column::LastUsedStep.lt(step)))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes the authenticator and its recovery codes. False when there was none.
pub async fn remove_factor(conn: &impl ConnectionTrait, staff_id: Uuid) -> Result<bool, DbErr> {
    let done = staff_factor::Entity::delete_by_id(staff_id).exec(conn).await?;
    remove_recovery_codes(conn, staff_id).await?;
    Ok(done.rows_affected == 1)
}

async fn remove_recovery_codes(conn: &impl ConnectionTrait, staff_id: Uuid) -> Result<(), DbErr> {
    use staff_recovery_code::{Column, Entity};
    Entity::delete_many().filter(Column::StaffId.eq(staff_id)).exec(conn).await.map(|_| ())
}

pub async fn replace_recovery_codes(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    rows: Vec<staff_recovery_code::ActiveModel>,
) -> Result<(), DbErr> {
    remove_recovery_codes(conn, staff_id).await?;
    staff_recovery_code::Entity::insert_many(rows).exec_without_returning(conn).await.map(|_| ())
}

/// Uses a recovery code up. False when there is none of this hash that is unused.
pub async fn use_recovery_code(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    code_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use staff_recovery_code::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::CodeHash.eq(code_hash.to_vec()))
        .filter(Column::UsedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn recovery_codes_left(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
) -> Result<u64, DbErr> {
    use staff_recovery_code::{Column, Entity};
    Entity::find()
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::UsedAt.is_null())
        .count(conn)
        .await
}

pub async fn insert_ticket(
    conn: &impl ConnectionTrait,
    row: staff_login_ticket::ActiveModel,
) -> Result<(), DbErr> {
    staff_login_ticket::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// A ticket that can still be used.
pub async fn open_ticket(
    conn: &impl ConnectionTrait,
    token_hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<Option<staff_login_ticket::Model>, DbErr> {
    use staff_login_ticket::{Column, Entity};
    Entity::find_by_id(token_hash)
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(conn)
        .await
}

/// False when somebody else used it first.
pub async fn use_ticket(
    conn: &impl ConnectionTrait,
    token_hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use staff_login_ticket::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::TokenHash.eq(token_hash))
        .filter(Column::UsedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn prune_tickets(conn: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    use staff_login_ticket::{Column, Entity};
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(conn).await.map(|_| ())
}

pub async fn binding_of_openid(
    conn: &impl ConnectionTrait,
    appid: &str,
    openid: &str,
) -> Result<Option<staff_wechat_binding::Model>, DbErr> {
    use staff_wechat_binding::{Column, Entity};
    Entity::find().filter(Column::Appid.eq(appid)).filter(Column::Openid.eq(openid)).one(conn).await
}

pub async fn is_bound(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    appid: &str,
) -> Result<bool, DbErr> {
    use staff_wechat_binding::{Column, Entity};
    let found = Entity::find().filter(Column::StaffId.eq(staff_id)).filter(Column::Appid.eq(appid));
    Ok(found.one(conn).await?.is_some())
}

pub async fn insert_binding(
    conn: &impl ConnectionTrait,
    row: staff_wechat_binding::ActiveModel,
) -> Result<(), DbErr> {
    staff_wechat_binding::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Notes a log-in by the binding. False when it was removed meanwhile.
pub async fn use_binding(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use staff_wechat_binding::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::LastLoginAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes every binding of a member. False when there was none.
pub async fn remove_bindings(conn: &impl ConnectionTrait, staff_id: Uuid) -> Result<bool, DbErr> {
    use staff_wechat_binding::{Column, Entity};
    let done = Entity::delete_many().filter(Column::StaffId.eq(staff_id)).exec(conn).await?;
    Ok(done.rows_affected > 0)
}
