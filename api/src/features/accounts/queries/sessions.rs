use chrono::{DateTime, Utc};
use entity::login_session::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn open_sessions_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    now: DateTime<Utc>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::open_of(account_id, now), key, Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

pub async fn open_session(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Model>, DbErr> {
    Entity::open_of(account_id, now).filter(Column::Id.eq(id)).one(conn).await
}

/// The open sessions of an account except one.
pub async fn other_open_sessions(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    except: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Model>, DbErr> {
    let others = Entity::open_of(account_id, now).filter(Column::Id.ne(except));
    others.into_select().all(conn).await
}
