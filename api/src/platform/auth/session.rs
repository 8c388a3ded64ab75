//! Login sessions and their rotating refresh tokens, the same for residents and staff.
//!
//! A refresh token works once and is stored as a hash. Using one a second time means that it was
//! copied: the whole session ends (RFC 9700, section 4.14.2).
//!
//! A resident's session lives as long as it is refreshed. One of staff ends some hours after its
//! log-in, and earlier when nothing was asked for a while (GB/T 22239-2019, 8.1.4.1 b).

use chrono::{DateTime, TimeDelta, Utc};
use entity::login_session::{self, LoginDoor, RevocationReason, SessionAudience};
use entity::refresh_token;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QuerySelect, Set,
};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::platform::config;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, Device, ErrorCode};

/// How often the use of a staff session is written down.
const SEEN_EVERY: TimeDelta = TimeDelta::seconds(60);

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
        SessionAudience::Staff => auth.staff_session_secs,
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
    start_session_on(app, tx, audience, subject, epoch, None).await
}

/// As [`start_session`], remembering the device for the list of sessions.
///
/// # Errors
/// The rows cannot be written.
pub async fn start_session_on(
    app: &App,
    tx: &Tx,
    audience: SessionAudience,
    subject: Uuid,
    epoch: i32,
    device: Option<&Device>,
) -> AppResult<TokenPair> {
    open(app, tx, audience, subject, epoch, (device, None)).await
}

/// As [`start_session_on`], of a resident who came in by a door.
///
/// # Errors
/// The rows cannot be written.
pub async fn start_resident_session(
    app: &App,
    tx: &Tx,
    account: Uuid,
    epoch: i32,
    device: &Device,
    door: LoginDoor,
) -> AppResult<TokenPair> {
    open(app, tx, SessionAudience::Resident, account, epoch, (Some(device), Some(door))).await
}

async fn open(
    app: &App,
    tx: &Tx,
    audience: SessionAudience,
    subject: Uuid,
    epoch: i32,
    (device, door): (Option<&Device>, Option<LoginDoor>),
) -> AppResult<TokenPair> {
    let (id, now) = (tx.new_id(), tx.now());
    let expires_at = now + lifetime(app, audience);
    let row = login_session::ActiveModel {
        id: Set(id),
        audience: Set(audience),
        subject_id: Set(subject),
        created_at: Set(now),
        last_refreshed_at: Set(now),
        expires_at: Set(expires_at),
        revoked_at: Set(None),
        revoked_because: Set(None),
        last_seen_at: Set(Some(now)),
        device: Set(device.map(|device| device.kind.clone())),
        network: Set(device.map(|device| device.network.clone())),
        door: Set(door),
    };
    let session = login_session::Entity::insert(row).exec_with_returning(tx).await?;
    issue(app, tx, &session, expires_at, epoch).await
}

async fn issue(
    app: &App,
    tx: &Tx,
    session: &login_session::Model,
    expires_at: DateTime<Utc>,
    epoch: i32,
) -> AppResult<TokenPair> {
    let token = app.ids.token();
    let login_session::Model { id, audience, subject_id, .. } = *session;
    let row = refresh_token::ActiveModel {
        token_hash: Set(hash(&token)),
        session_id: Set(id),
        issued_at: Set(tx.now()),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(TokenPair {
        access_token: app.tokens.issue(audience, subject_id, id, epoch, tx.now())?,
        expires_in: app.tokens.lifetime_secs(),
        refresh_token: token,
    })
}

/// Exchanges a refresh token for a new pair. `epoch_of` says the epoch of an account that may
/// still log in. On reuse the session is revoked and committed before the refusal is returned.
///
/// # Errors
/// `refresh_token_invalid`, `refresh_token_reused`, `session_idle`, or what `epoch_of` says.
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
    if is_idle(&app.config.auth, &session, now) {
        end_idle(&tx, &session).await?;
        tx.commit().await?;
        app.principals.forget_session(session.id).await;
        return Err(ErrorCode::SessionIdle.into());
    }
    let epoch = epoch_of(&tx, session.subject_id).await?;
    let expires_at = match audience {
        SessionAudience::Resident => now + lifetime(app, audience),
        SessionAudience::Staff => session.expires_at,
    };
    login_session::Entity::update_many()
        .col_expr(login_session::Column::LastRefreshedAt, Expr::value(now))
        .col_expr(login_session::Column::ExpiresAt, Expr::value(expires_at))
        .filter(login_session::Column::Id.eq(session.id))
        .exec(&tx)
        .await?;
    let pair = issue(app, &tx, &session, expires_at, epoch).await?;
    tx.commit().await?;
    Ok(pair)
}

/// Whether staff left a session alone for too long. Residents may.
fn is_idle(auth: &config::Auth, session: &login_session::Model, now: DateTime<Utc>) -> bool {
    let limit = TimeDelta::seconds(i64::from(auth.staff_idle_secs));
    session.audience == SessionAudience::Staff && now - seen_at(session) >= limit
}

fn seen_at(session: &login_session::Model) -> DateTime<Utc> {
    session.last_seen_at.unwrap_or(session.created_at)
}

/// How long a session lives.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(super) struct Life {
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    revoked_because: Option<RevocationReason>,
}

impl Life {
    /// Makes sure that the session can be used.
    ///
    /// # Errors
    /// `token_invalid`, `session_idle`.
    pub fn check(self, now: DateTime<Utc>) -> AppResult<()> {
        if self.revoked_because == Some(RevocationReason::Idle) {
            return Err(ErrorCode::SessionIdle.into());
        }
        if self.revoked_at.is_some() || self.expires_at <= now {
            return Err(ErrorCode::TokenInvalid.into());
        }
        Ok(())
    }
}

impl From<&login_session::Model> for Life {
    fn from(session: &login_session::Model) -> Self {
        let login_session::Model { expires_at, revoked_at, revoked_because, .. } = *session;
        Self { expires_at, revoked_at, revoked_because }
    }
}

/// Makes sure that a session of staff can be used, and notes the use. One that was left alone ends
/// here.
///
/// # Errors
/// `token_invalid`, `session_idle`.
pub(super) async fn use_session(app: &App, session: &login_session::Model) -> AppResult<()> {
    let now = app.clock.now();
    Life::from(session).check(now)?;
    let is_over = is_idle(&app.config.auth, session, now);
    if is_over || now - seen_at(session) >= SEEN_EVERY {
        let tx = app.begin(AuditActor::Staff(session.subject_id)).await?;
        if is_over {
            end_idle(&tx, session).await?;
        } else {
            note_use(&tx, session.id).await?;
        }
        tx.commit().await?;
    }
    if is_over { Err(ErrorCode::SessionIdle.into()) } else { Ok(()) }
}

/// Of many that come at once, one writes.
async fn note_use(tx: &Tx, session: Uuid) -> Result<(), DbErr> {
    login_session::Entity::update_many()
        .col_expr(login_session::Column::LastSeenAt, Expr::value(tx.now()))
        .filter(login_session::Column::Id.eq(session))
        .filter(login_session::Column::RevokedAt.is_null())
        .filter(
            login_session::Column::LastSeenAt
                .is_null()
                .or(login_session::Column::LastSeenAt.lte(tx.now() - SEEN_EVERY)),
        )
        .exec(tx)
        .await
        .map(|_| ())
}

async fn end_idle(tx: &Tx, session: &login_session::Model) -> Result<(), DbErr> {
    if revoke_session(tx, session.id, RevocationReason::Idle, tx.now()).await? {
        let details = json!({ "because": RevocationReason::Idle });
        tx.audit("session.end", "login_session", session.id, Some(details)).await?;
    }
    Ok(())
}

/// Ends one session. False when it was over before.
///
/// # Errors
/// The row cannot be written.
pub async fn revoke_session(
    conn: &impl ConnectionTrait,
    session: Uuid,
    reason: RevocationReason,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    Ok(revoke(conn, login_session::Column::Id, session, reason, now).await? == 1)
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
    revoke(conn, login_session::Column::SubjectId, subject, reason, now).await.map(|_| ())
}

async fn revoke(
    conn: &impl ConnectionTrait,
    by: login_session::Column,
    id: Uuid,
    reason: RevocationReason,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let done = login_session::Entity::update_many()
        .col_expr(login_session::Column::RevokedAt, Expr::value(now))
        .col_expr(login_session::Column::RevokedBecause, Expr::value(reason))
        .filter(by.eq(id))
        .filter(login_session::Column::RevokedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
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
