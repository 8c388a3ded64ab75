use chrono::{DateTime, Utc};
use entity::bulletin::{BulletinKind, BulletinStatus, Column, Entity, Model, RiskLevel};
use entity::lab_capability::ProductClass;
use entity::scope::{RegionScope, Regional as _, Scoped};
use entity::{bulletin_event, bulletin_product, bulletin_product_code, spot_check_item};
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, padded, page_of};

/// Which bulletins are looked for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub kind: Option<BulletinKind>,
    pub class: Option<ProductClass>,
    pub brand_key: Option<String>,
    pub region: Option<String>,
    pub level: Option<RiskLevel>,
    /// Folded: it holds no character that means something to LIKE.
    pub text: Option<String>,
}

fn selected(mut rows: Scoped<Entity>, selection: &Selection) -> Scoped<Entity> {
    if let Some(kind) = selection.kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(level) = selection.level {
        rows = rows.filter(Column::Level.eq(level));
    }
    if let Some(class) = selection.class {
        let of_class = bulletin_product::Column::ProductClass.eq(class);
        rows = rows.filter(Column::Id.in_subquery(with_product(of_class)));
    }
    if let Some(brand) = &selection.brand_key {
        let of_brand = bulletin_product::Column::BrandKey.eq(brand);
        rows = rows.filter(Column::Id.in_subquery(with_product(of_brand)));
    }
    if let Some(code) = &selection.region {
        let above = (2..code.len()).filter_map(|end| code.get(..end));
        let here = Condition::any()
            .add(Column::RegionCode.is_null())
            .add(Column::RegionCode.starts_with(code.as_str()))
            .add(Column::RegionCode.is_in(above));
        rows = rows.filter(here);
    }
    if let Some(text) = &selection.text {
        rows = rows.filter(Column::SearchText.contains(text.as_str()));
    }
    rows
}

fn with_product(condition: Expr) -> SelectStatement {
    Query::select()
        .column(bulletin_product::Column::BulletinId)
        .from(bulletin_product::Entity)
        .and_where(condition)
        .take()
}

/// What holds, newest first.
pub async fn published_page(
    conn: &impl ConnectionTrait,
    selection: &Selection,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let (rows, key) = (selected(Entity::in_force(), selection), (Column::PublishedAt, Column::Id));
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

/// What changed from an instant on, with what was withdrawn, oldest change first.
pub async fn changed_page(
    conn: &impl ConnectionTrait,
    selection: &Selection,
    since: DateTime<Utc>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let rows = selected(Entity::ever_shown(), selection).filter(Column::ChangedAt.gte(since));
    let key = (Column::ChangedAt, Column::Id);
    page_of(rows, key, Direction::Ascending, cursor, limit).all(conn).await
}

/// What holds, in the order of the feed: for a file that is read to its end.
pub async fn in_force_page(
    conn: &impl ConnectionTrait,
    selection: &Selection,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let (rows, key) = (selected(Entity::in_force(), selection), (Column::ChangedAt, Column::Id));
    page_of(rows, key, Direction::Ascending, cursor, limit).all(conn).await
}

pub async fn staff_page(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    kind: Option<BulletinKind>,
    status: Option<BulletinStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::within(scope);
    if let Some(kind) = kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(status) = status {
        rows = rows.filter(Column::Status.eq(status));
    }
    let key = (Column::UpdatedAt, Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn within(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::within(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// What the public reads or has read.
pub async fn shown(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::ever_shown().filter(Column::Id.eq(id)).one(conn).await
}

/// The products of several bulletins, each bulletin's in their order.
pub async fn products(
    conn: &impl ConnectionTrait,
    bulletins: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<bulletin_product::Model>, DbErr> {
    bulletin_product::Entity::of(padded(bulletins)).all(conn).await
}

pub async fn codes(
    conn: &impl ConnectionTrait,
    bulletins: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<bulletin_product_code::Model>, DbErr> {
    bulletin_product_code::Entity::find()
        .filter(bulletin_product_code::Column::ProductId.in_subquery(products_of(bulletins)))
        .order_by_asc(bulletin_product_code::Column::Position)
        .all(conn)
        .await
}

pub async fn items(
    conn: &impl ConnectionTrait,
    bulletins: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<spot_check_item::Model>, DbErr> {
    spot_check_item::Entity::find()
        .filter(spot_check_item::Column::ProductId.in_subquery(products_of(bulletins)))
        .order_by_asc(spot_check_item::Column::Position)
        .all(conn)
        .await
}

fn products_of(bulletins: impl IntoIterator<Item = Uuid>) -> SelectStatement {
    Query::select()
        .column(bulletin_product::Column::Id)
        .from(bulletin_product::Entity)
        .and_where(bulletin_product::Column::BulletinId.is_in(padded(bulletins)))
        .take()
}

pub async fn events(
    conn: &impl ConnectionTrait,
    bulletin_id: Uuid,
) -> Result<Vec<bulletin_event::Model>, DbErr> {
    bulletin_event::Entity::find()
        .filter(bulletin_event::Column::BulletinId.eq(bulletin_id))
        .order_by_asc(bulletin_event::Column::No)
        .all(conn)
        .await
}
