use entity::audit_entry::{Column, Entity, Model};
use entity::scope::Common as _;
use sea_orm::{ConnectionTrait, DbErr};

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn audit_page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    page_of(Entity::common(), (Column::At, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}
