//! `Idempotency-Key`: a POST that a citizen would hate to have twice runs once. The key's row is
//! part of the business transaction, so the two cannot disagree.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, TimeDelta, Utc};
use entity::idempotency_key::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Set};
use sha2::{Digest, Sha256};

use super::code::ErrorCode;
use super::error::{AppError, AppResult};
use super::reply::Reply;
use crate::platform::auth::{Ctx, Permission};
use crate::platform::crypto::{FieldCipher, column};
use crate::platform::db::Tx;

/// How long an answer can be asked for again.
const KEPT: TimeDelta = TimeDelta::hours(24);
const PURPOSE: &str = column::IDEMPOTENCY_BODY.purpose;

/// The header, if the client sent one: 8–64 letters, digits, `-` or `_`.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("idempotency-key") else {
            return ready(Ok(Self(None)));
        };
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let key = value
            .to_str()
            .ok()
            .filter(|key| (8..=64).contains(&key.len()) && key.as_bytes().iter().all(is_word));
        ready(key.map_or_else(
            || Err(ErrorCode::IdempotencyKeyInvalid.into()),
            |key| Ok(Self(Some(key.to_owned()))),
        ))
    }
}

/// What the key turned out to be.
#[derive(Debug)]
pub enum Claim {
    /// Ours: do the work, then `settle`.
    Fresh(Settlement),
    /// Answered before: send this.
    Replay(Reply),
}

/// The duty to store the answer under the claimed key.
#[must_use = "an answer that is not settled cannot be replayed"]
#[derive(Debug)]
pub struct Settlement(Option<(String, String)>);

impl IdempotencyKey {
    /// Claims the key inside the transaction. A simultaneous request with the same key waits here
    /// for the first one and then gets its answer.
    ///
    /// # Errors
    /// `idempotency_key_reused` when the key stands for another operation or body.
    pub async fn claim<P: Permission>(
        &self,
        ctx: &Ctx<P>,
        tx: &Tx,
        operation: &str,
        body_digest: &[u8; 32],
    ) -> AppResult<Claim> {
        let Some(key) = &self.0 else { return Ok(Claim::Fresh(Settlement(None))) };
        let subject = ctx.subject();
        let request_hash =
            Sha256::new().chain_update(operation).chain_update(body_digest).finalize().to_vec();
        let row = ActiveModel {
            subject: Set(subject.clone()),
            key: Set(key.clone()),
            operation: Set(operation.to_owned()),
            request_hash: Set(request_hash.clone()),
            status: Set(0),
            body_cipher: Set(Vec::new()),
            created_at: Set(ctx.now),
            expires_at: Set(ctx.now + KEPT),
        };
        // An expired key that nobody pruned yet is taken over.
        let take_over = OnConflict::columns([Column::Subject, Column::Key])
            .update_columns([
                Column::Operation,
                Column::RequestHash,
                Column::Status,
                Column::BodyCipher,
                Column::CreatedAt,
                Column::ExpiresAt,
            ])
            .action_and_where(Expr::col((Entity, Column::ExpiresAt)).lte(ctx.now))
            .to_owned();
        let claimed = Entity::insert(row).on_conflict(take_over).exec_without_returning(tx).await?;
        if claimed > 0 {
            return Ok(Claim::Fresh(Settlement(Some((subject, key.clone())))));
        }
        let stored = Entity::find_by_id((subject, key.clone()))
            .one(tx)
            .await?
            .ok_or_else(|| AppError::internal("an idempotency key vanished inside its claim"))?;
        if stored.request_hash != request_hash {
            return Err(ErrorCode::IdempotencyKeyReused.into());
        }
        let body = ctx.app.cipher.open(PURPOSE, &stored.body_cipher)?;
        let status = u16::try_from(stored.status).map_err(AppError::internal)?;
        Ok(Claim::Replay(Reply::replay(status, body)))
    }
}

impl Settlement {
    /// Stores the answer, to be committed with the change.
    ///
    /// # Errors
    /// The row cannot be written.
    pub async fn settle(self, tx: &Tx, cipher: &FieldCipher, reply: &Reply) -> AppResult<()> {
        let Some((subject, key)) = self.0 else { return Ok(()) };
        let status = i16::try_from(reply.status).map_err(AppError::internal)?;
        let body = cipher.seal(PURPOSE, &reply.body)?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(status))
            .col_expr(Column::BodyCipher, Expr::value(body))
            .filter(Column::Subject.eq(subject))
            .filter(Column::Key.eq(key))
            .exec(tx)
            .await?;
        Ok(())
    }
}

/// Drops keys whose time is over. Returns how many.
///
/// # Errors
/// The database cannot be written.
pub async fn prune_idempotency_keys(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> AppResult<u64> {
    let done = Entity::delete_many().filter(Column::ExpiresAt.lt(now)).exec(conn).await?;
    Ok(done.rows_affected)
}
