//! Where the WeChat library keeps what replicas share: the access token in the database, so that it
//! survives the loss of Redis, and the sandbox's codes in the Kv.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use entity::wechat_token::{ActiveModel, Column, Entity, Model};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set};
use wechat::client::{StoreError, StoredToken, TokenStore};

use super::crypto::{FieldCipher, column};
use super::db::Db;
use super::http::AppResult;
use super::kv::Kv;

const PURPOSE: &str = column::WECHAT_TOKEN.purpose;
/// What the sandbox keeps "for good" it keeps for a day of trying out.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// One row per appid, changed by guarded statements only (ADR 0003).
#[derive(Clone, Debug)]
pub struct DatabaseTokenStore {
    db: Db,
    cipher: FieldCipher,
}

impl DatabaseTokenStore {
    #[must_use]
    pub fn new(db: Db, cipher: FieldCipher) -> Self {
        Self { db, cipher }
    }

    fn stored(&self, row: &Model) -> AppResult<Option<StoredToken>> {
        let (Some(sealed), Some(issued_at), Some(expires_at), Some(refresh_at)) =
            (&row.token_cipher, row.issued_at, row.expires_at, row.refresh_at)
        else {
            return Ok(None);
        };
        Ok(Some(StoredToken {
            token: self.cipher.open_text(PURPOSE, sealed)?.into(),
            issued_at: issued_at.timestamp(),
            expires_at: expires_at.timestamp(),
            refresh_at: refresh_at.timestamp(),
            generation: row.generation,
            last_forced_at: row.last_forced_at.map(|at| at.timestamp()),
            forced_on: row.forced_on.map(day_number).unwrap_or_default(),
            forced_count: u32::try_from(row.forced_count).unwrap_or_default(),
        }))
    }
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn day_number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

fn day_of(number: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(number)?)
}

#[async_trait]
impl TokenStore for DatabaseTokenStore {
    async fn load(&self, appid: &str) -> Result<Option<StoredToken>, StoreError> {
        let row = Entity::find_by_id(appid).one(&self.db).await?;
        Ok(match row {
            Some(row) => self.stored(&row)?,
            None => None,
        })
    }

    async fn try_lease(
        &self,
        appid: &str,
        holder: &str,
        now: i64,
        until: i64,
    ) -> Result<bool, StoreError> {
        let row = ActiveModel {
            appid: Set(appid.to_owned()),
            generation: Set(0),
            forced_count: Set(0),
            lease_holder: Set(Some(holder.to_owned())),
            lease_until: Set(Some(instant(until))),
            ..ActiveModel::default()
        };
        let is_free = Expr::col((Entity, Column::LeaseHolder))
            .is_null()
            .or(Expr::col((Entity, Column::LeaseHolder)).eq(holder))
            .or(Expr::col((Entity, Column::LeaseUntil)).lte(instant(now)));
        let take = OnConflict::column(Column::Appid)
            .update_columns([Column::LeaseHolder, Column::LeaseUntil])
            .action_and_where(is_free)
            .to_owned();
        let changed =
            Entity::insert(row).on_conflict(take).exec_without_returning(&self.db).await?;
        Ok(changed > 0)
    }

    async fn store(
        &self,
        appid: &str,
        holder: &str,
        token: StoredToken,
    ) -> Result<bool, StoreError> {
        let sealed = self.cipher.seal(PURPOSE, token.token.expose().as_bytes())?;
        let done = Entity::update_many()
            .col_expr(Column::TokenCipher, Expr::value(sealed))
            .col_expr(Column::IssuedAt, Expr::value(instant(token.issued_at)))
            .col_expr(Column::ExpiresAt, Expr::value(instant(token.expires_at)))
            .col_expr(Column::RefreshAt, Expr::value(instant(token.refresh_at)))
            .col_expr(Column::Generation, Expr::value(token.generation))
            .col_expr(Column::LastForcedAt, Expr::value(token.last_forced_at.map(instant)))
            .col_expr(Column::ForcedOn, Expr::value(day_of(token.forced_on)))
            .col_expr(
                Column::ForcedCount,
                Expr::value(i32::try_from(token.forced_count).unwrap_or(i32::MAX)),
            )
            .filter(Column::Appid.eq(appid))
            .filter(Column::LeaseHolder.eq(holder))
            .exec(&self.db)
            .await?;
        Ok(done.rows_affected == 1)
    }

    async fn release(&self, appid: &str, holder: &str) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::LeaseHolder, Expr::value(Option::<String>::None))
            .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
            .filter(Column::Appid.eq(appid))
            .filter(Column::LeaseHolder.eq(holder))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}

/// Lets the built-in WeChat of several replicas behave as one.
#[derive(Clone, Debug)]
pub struct KvSimulatorStore(pub Kv);

#[async_trait]
impl wechat::simulator::SimulatorStore for KvSimulatorStore {
    async fn put(&self, key: &str, value: &str, ttl: Option<Duration>) -> Result<(), StoreError> {
        let keep = ttl.unwrap_or(A_DAY);
        self.0.put_ticket(&format!("wechat:{key}"), value, keep).await;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.0.ticket(&format!("wechat:{key}")).await)
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.0.take_ticket(&format!("wechat:{key}")).await)
    }
}
