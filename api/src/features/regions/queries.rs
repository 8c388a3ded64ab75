use entity::region::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

pub async fn children(
    conn: &impl ConnectionTrait,
    parent: Option<&str>,
) -> Result<Vec<Model>, DbErr> {
    let select = match parent {
        Some(code) => Entity::find().filter(Column::ParentCode.eq(code)),
        None => Entity::find().filter(Column::ParentCode.is_null()),
    };
    select.order_by_asc(Column::Code).all(conn).await
}

pub async fn by_code(conn: &impl ConnectionTrait, code: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(code).one(conn).await
}
