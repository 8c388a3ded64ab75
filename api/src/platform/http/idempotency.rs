//! `Idempotency-Key`: a POST that a citizen would hate to have twice runs once. The key's row is
//! part of the business transaction, so the two cannot disagree.

use std::collections::HashSet;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, TimeDelta, Utc};
use entity::idempotency_key::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Expr, InsertStatement, IntoIden as _, OnConflict, Query, TableRef};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryTrait as _, Set,
};
use sha2::{Digest, Sha256};

use super::code::ErrorCode;
use super::error::{AppError, AppResult};
use super::reply::Reply;
use crate::platform::auth::{Ctx, Permission};
use crate::platform::crypto::{FieldCipher, column};
use crate::platform::db::{Tx, in_parts, padded};

/// How long an answer can be asked for again.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// The list of keys that are looked for, with the columns as both engines name those of `VALUES`.
const STAMPS: &str = "stamps";
const SUBJECT: (&str, &str) = (STAMPS, "column1");
const KEY: (&str, &str) = (STAMPS, "column2");
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

/// What a key stands for: who sent it, for which operation and with which body.
#[derive(Clone, Debug)]
pub struct Stamp {
    subject: String,
    key: String,
    operation: String,
    request_hash: Vec<u8>,
}

/// The duty to store the answer under the claimed key.
#[must_use = "an answer that is not settled cannot be replayed"]
#[derive(Debug)]
pub struct Settlement(Option<(String, String)>);

impl Stamp {
    fn row(&self, now: DateTime<Utc>, status: i16, body_cipher: Vec<u8>) -> ActiveModel {
        ActiveModel {
            subject: Set(self.subject.clone()),
            key: Set(self.key.clone()),
            operation: Set(self.operation.clone()),
            request_hash: Set(self.request_hash.clone()),
            status: Set(status),
            body_cipher: Set(body_cipher),
            created_at: Set(now),
            expires_at: Set(now + KEPT),
        }
    }

    /// Stores answers under keys that nobody claimed. A unique violation when somebody did so in
    /// between: then nothing of this transaction may be committed.
    ///
    /// # Errors
    /// An answer cannot be encrypted.
    pub fn inserts_of_answers<'a>(
        tx: &Tx,
        cipher: &FieldCipher,
        answers: impl IntoIterator<Item = (&'a Self, &'a Reply)>,
    ) -> AppResult<impl Iterator<Item = InsertStatement>> {
        let row = |(stamp, reply): (&Self, &Reply)| {
            let status = i16::try_from(reply.status).map_err(AppError::internal)?;
            Ok(stamp.row(tx.now(), status, cipher.seal(PURPOSE, &reply.body)?))
        };
        let rows = answers.into_iter().map(row).collect::<AppResult<Vec<_>>>()?;
        Ok(in_parts(rows).into_iter().map(|part| Entity::insert_many(part).into_query()))
    }

    /// Those of the keys that stand for something already.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn used<'a>(
        conn: &impl ConnectionTrait,
        stamps: impl IntoIterator<Item = &'a Self>,
    ) -> AppResult<HashSet<(String, String)>> {
        let pair = |stamp: &Self| (stamp.subject.clone(), stamp.key.clone());
        let stamps = padded(stamps.into_iter().map(pair));
        if stamps.is_empty() {
            return Ok(HashSet::new());
        }
        let stamps = stamps.into_iter().map(Into::into).collect();
        // A value, not EXISTS: that could be planned as one reading of all keys.
        let stored = Query::select()
            .expr(Expr::value(1))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::Subject)).eq(Expr::col(SUBJECT)))
            .and_where(Expr::col((Entity, Column::Key)).eq(Expr::col(KEY)))
            .take();
        let select = Query::select()
            .columns([SUBJECT, KEY])
            .from(TableRef::ValuesList(stamps, STAMPS.into_iden()))
            .and_where(Expr::SubQuery(None, Box::new(stored.into())).is_not_null())
            .take();
        let rows = conn.query_all(&select).await?;
        let found = rows.iter().map(|row| row.try_get_many_by_index());
        Ok(found.collect::<Result<_, DbErr>>()?)
    }

    #[must_use]
    pub fn is_in(&self, used: &HashSet<(String, String)>) -> bool {
        used.contains(&(self.subject.clone(), self.key.clone()))
    }
}

impl IdempotencyKey {
    /// What the key stands for here, if there is one.
    #[must_use]
    pub fn stamp<P: Permission>(
        &self,
        ctx: &Ctx<P>,
        operation: &str,
        body_digest: &[u8; 32],
    ) -> Option<Stamp> {
        let digest = Sha256::new().chain_update(operation).chain_update(body_digest);
        Some(Stamp {
            subject: ctx.subject(),
            key: self.0.clone()?,
            operation: operation.to_owned(),
            request_hash: digest.finalize().to_vec(),
        })
    }

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
        let Some(stamp) = self.stamp(ctx, operation, body_digest) else {
            return Ok(Claim::Fresh(Settlement(None)));
        };
        let row = stamp.row(ctx.now, 0, Vec::new());
        let Stamp { subject, key, request_hash, .. } = stamp;
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
            return Ok(Claim::Fresh(Settlement(Some((subject, key)))));
        }
        let stored = Entity::find_by_id((subject, key))
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
