//! The sessions of one member, as their owner sees them.

use chrono::{DateTime, Utc};
use entity::login_session::{Column, Entity, Model, SessionAudience};
use entity::scope::{Owned as _, Scoped};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// Neither ended, nor over, nor left alone since before `seen_after`.
fn open(staff_id: Uuid, seen_after: DateTime<Utc>, now: DateTime<Utc>) -> Scoped<Entity> {
    Entity::owned_by(staff_id)
        .filter(Column::Audience.eq(SessionAudience::Staff))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::LastSeenAt.gt(seen_after))
}

pub async fn session_page(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    (seen_after, now): (DateTime<Utc>, DateTime<Utc>),
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let all = open(staff_id, seen_after, now);
    page_of(all, (Column::CreatedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn is_own_session(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    (seen_after, now): (DateTime<Utc>, DateTime<Utc>),
    id: Uuid,
) -> Result<bool, DbErr> {
    let own = open(staff_id, seen_after, now).filter(Column::Id.eq(id));
    Ok(own.one(conn).await?.is_some())
}
