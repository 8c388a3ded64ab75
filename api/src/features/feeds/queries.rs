use chrono::{DateTime, Utc};
use entity::article::{Column, Entity, Model};
use entity::bulletin::BulletinKind;
use entity::{article_category, bulletin, bulletin_product, media_file};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, padded, page_of};

/// (code, name)
pub async fn categories(conn: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbErr> {
    article_category::Entity::find()
        .select_only()
        .columns([article_category::Column::Code, article_category::Column::Name])
        .into_tuple()
        .all(conn)
        .await
}

/// Published articles, last changed first.
pub async fn changed_last(
    conn: &impl ConnectionTrait,
    category: Option<&str>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::published();
    if let Some(code) = category {
        select = select.filter(Column::CategoryCode.eq(code));
    }
    page_of(select, (Column::ChangedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

/// When anything that is public, or was, changed last. Of all categories: an article may have left one.
pub async fn last_change(conn: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::ChangedAt)
        .filter(Column::ChangedAt.is_not_null())
        .order_by_desc(Column::ChangedAt)
        .limit(1)
        .into_tuple()
        .one(conn)
        .await
}

/// Bulletins that hold or did hold, last changed first.
pub async fn bulletins_changed_last(
    conn: &impl ConnectionTrait,
    kind: Option<BulletinKind>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<bulletin::Model>, DbErr> {
    use bulletin::{Column, Entity};
    let mut rows = Entity::ever_shown();
    if let Some(kind) = kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    page_of(rows, (Column::ChangedAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

/// Of all kinds: a correction may have changed it.
pub async fn last_bulletin_change(
    conn: &impl ConnectionTrait,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    use bulletin::{Column, Entity};
    let rows = Entity::ever_shown().into_select().select_only().column(Column::ChangedAt);
    let at = rows.order_by_desc(Column::ChangedAt).limit(1).into_tuple().one(conn).await?;
    Ok(at.flatten())
}

/// The products of several bulletins, each bulletin's in their order.
pub async fn products(
    conn: &impl ConnectionTrait,
    bulletins: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<bulletin_product::Model>, DbErr> {
    bulletin_product::Entity::of(padded(bulletins)).all(conn).await
}

pub async fn pictures(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<media_file::Model>, DbErr> {
    media_file::Entity::public().filter(media_file::Column::Id.is_in(ids)).all(conn).await
}

/// (id, last change) of the published articles of one file, by their id.
pub async fn sitemap_rows(
    conn: &impl ConnectionTrait,
    skip: u64,
    limit: u64,
) -> Result<Vec<(Uuid, DateTime<Utc>)>, DbErr> {
    Entity::published()
        .into_select()
        .select_only()
        .columns([Column::Id, Column::ChangedAt])
        .filter(Column::ChangedAt.is_not_null())
        .order_by_asc(Column::Id)
        .offset(skip)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}
