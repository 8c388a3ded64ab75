use entity::audit_entry::{Column, Entity, Model};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn audit_page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    page_of(Entity::find(), (Column::At, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}
