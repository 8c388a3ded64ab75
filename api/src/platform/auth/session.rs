//! Login sessions and their rotating refresh tokens, the same for residents and staff.
//!
//! A refresh token works once and is stored as a hash. Using one a second time means that it was
//! copied: the whole session ends (RFC 9700, section 4.14.2).

use chrono::{DateTime, TimeDelta, Utc};
use entity::login_session::{self, RevocationReason, SessionAudience};
use entity::refresh_token;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Set,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// What a client keeps after a log-in or a refresh.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenPair {
    /// Send as `Authorization: Bearer …`.
    pub access_token: String,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    /// Works once; every refresh brings a new one.
    pub refresh_token: String,
}

fn lifetime(app: &App, audience: SessionAudience) -> TimeDelta {
    let auth = &app.config.auth;
    TimeDelta::seconds(i64::from(match audience {
        SessionAudience::Resident => auth.refresh_token_secs,
        SessionAudience::Staff => auth.staff_refresh_token_secs,
    }))
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Opens a session and issues its first pair.
///
/// # Errors
/// The rows cannot be written.
pub async fn start_session(
    app: &App,
    tx: &Tx,
    audience: SessionAudience,
    subject: Uuid,
    epoch: i32,
) -> AppResult<TokenPair> {
    let (id, now) = (tx.new_id(), tx.now());
    let row = login_session::ActiveModel {
        id: Set(id),
        audience: Set(audience),
        subject_id: Set(subject),
        created_at: Set(now),
        last_refreshed_at: Set(now),
        expires_at: Set(now + lifetime(app, audience)),
        revoked_at: Set(None),
        revoked_because: Set(None),
    };
    login_session::Entity::insert(row).exec_without_returning(tx).await?;
    issue(app, tx, audience, subject, id, epoch).await
}

async fn issue(
    app: &App,
    tx: &Tx,
    audience: SessionAudience,
    subject: Uuid,
    session: Uuid,
    epoch: i32,
) -> AppResult<TokenPair> {
    let token = app.ids.token();
    let row = refresh_token::ActiveModel {
        token_hash: Set(hash(&token)),
        session_id: Set(session),
        issued_at: Set(tx.now()),
        expires_at: Set(tx.now() + lifetime(app, audience)),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(TokenPair {
        access_token: app.tokens.issue(audience, subject, session, epoch, tx.now())?,
        expires_in: app.tokens.lifetime_secs(),
        refresh_token: token,
    })
}

/// Exchanges a refresh token for a new pair. `epoch_of` says the epoch of an account that may
/// still log in. On reuse the session is revoked and committed before the refusal is returned.
///
/// # Errors
/// `refresh_token_invalid`, `refresh_token_reused`, or what `epoch_of` says.
pub async fn rotate_session(
    app: &App,
    tx: Tx,
    audience: SessionAudience,
    token: &str,
    epoch_of: impl AsyncFnOnce(&Tx, Uuid) -> AppResult<i32>,
) -> AppResult<TokenPair> {
    let now = tx.now();
    let invalid = || AppError::new(ErrorCode::RefreshTokenInvalid);
    let stored =
        refresh_token::Entity::find_by_id(hash(token)).one(&tx).await?.ok_or_else(invalid)?;
    let session = login_session::Entity::find_by_id(stored.session_id)
        .lock_exclusive()
        .one(&tx)
        .await?
        .filter(|s| s.audience == audience && s.revoked_at.is_none() && s.expires_at > now)
        .ok_or_else(invalid)?;
    // The guarded update decides between two that come at once; the loser is a second use.
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::TokenHash.eq(stored.token_hash))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(&tx)
        .await?;
    if used.rows_affected == 0 {
        revoke_session(&tx, session.id, RevocationReason::TokenReuse, now).await?;
        tx.audit("session.reuse_detected", "login_session", session.id, None).await?;
        tx.commit().await?;
        app.principals.forget_session(session.id).await;
        return Err(ErrorCode::RefreshTokenReused.into());
    }
    if stored.expires_at <= now {
        return Err(invalid());
    }
    let epoch = epoch_of(&tx, session.subject_id).await?;
    login_session::Entity::update_many()
        .col_expr(login_session::Column::LastRefreshedAt, Expr::value(now))
        .col_expr(login_session::Column::ExpiresAt, Expr::value(now + lifetime(app, audience)))
        .filter(login_session::Column::Id.eq(session.id))
        .exec(&tx)
        .await?;
    let pair = issue(app, &tx, audience, session.subject_id, session.id, epoch).await?;
    tx.commit().await?;
    Ok(pair)
}

/// Ends one session.
///
/// # Errors
/// The row cannot be written.
pub async fn revoke_session(
    conn: &impl ConnectionTrait,
    session: Uuid,
    reason: RevocationReason,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    revoke(conn, login_session::Column::Id, session, reason, now).await
}

/// Ends every session of an account.
///
/// # Errors
/// The rows cannot be written.
pub async fn revoke_all(
    conn: &impl ConnectionTrait,
    subject: Uuid,
    reason: RevocationReason,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    revoke(conn, login_session::Column::SubjectId, subject, reason, now).await
}

async fn revoke(
    conn: &impl ConnectionTrait,
    by: login_session::Column,
    id: Uuid,
    reason: RevocationReason,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    login_session::Entity::update_many()
        .col_expr(login_session::Column::RevokedAt, Expr::value(now))
        .col_expr(login_session::Column::RevokedBecause, Expr::value(reason))
        .filter(by.eq(id))
        .filter(login_session::Column::RevokedAt.is_null())
        .exec(conn)
        .await?;
    Ok(())
}

/// Drops sessions and tokens that can no longer be used. Returns how many sessions.
///
/// # Errors
/// The database cannot be written.
pub async fn prune_sessions(conn: &impl ConnectionTrait, before: DateTime<Utc>) -> AppResult<u64> {
    let over = login_session::Entity::find()
        .select_only()
        .column(login_session::Column::Id)
        .filter(login_session::Column::ExpiresAt.lt(before));
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::ExpiresAt.lt(before).or(
            refresh_token::Column::SessionId.in_subquery(sea_orm::QueryTrait::into_query(over)),
        ))
        .exec(conn)
        .await?;
    let done = login_session::Entity::delete_many()
        .filter(login_session::Column::ExpiresAt.lt(before))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}
