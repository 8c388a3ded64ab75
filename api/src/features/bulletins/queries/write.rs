use entity::bulletin::{ActiveModel, Column, Entity, Model};
use entity::scope::{RegionScope, Regional as _};
use entity::{bulletin_event, bulletin_product, bulletin_product_code, spot_check_item};
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::in_parts;

/// What belongs to bulletins: products, their codes, their findings.
#[derive(Debug, Default)]
pub struct Parts {
    pub products: Vec<bulletin_product::ActiveModel>,
    pub codes: Vec<bulletin_product_code::ActiveModel>,
    pub items: Vec<spot_check_item::ActiveModel>,
}

/// A bulletin of one's own regions, locked until the end of the transaction.
pub async fn locked_within(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::within(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

/// Up to `limit` that hold, by id from `after` on, locked.
pub async fn next_in_force(
    conn: &impl ConnectionTrait,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let rows = Entity::in_force().filter(Column::Id.gt(after.unwrap_or_default()));
    let rows = rows.lock_exclusive().into_select();
    rows.order_by_asc(Column::Id).limit(limit).all(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

/// Changes the columns that are set, of a row that is locked.
pub async fn update(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    row.update(conn).await
}

pub async fn insert_event(
    conn: &impl ConnectionTrait,
    row: bulletin_event::ActiveModel,
) -> Result<(), DbErr> {
    bulletin_event::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn insert_parts(conn: &impl ConnectionTrait, parts: Parts) -> Result<(), DbErr> {
    for rows in in_parts(parts.products) {
        bulletin_product::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    for rows in in_parts(parts.codes) {
        bulletin_product_code::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    for rows in in_parts(parts.items) {
        spot_check_item::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
}

pub async fn delete_parts(conn: &impl ConnectionTrait, bulletin_id: Uuid) -> Result<(), DbErr> {
    let products = || {
        Query::select()
            .column(bulletin_product::Column::Id)
            .from(bulletin_product::Entity)
            .and_where(bulletin_product::Column::BulletinId.eq(bulletin_id))
            .take()
    };
    bulletin_product_code::Entity::delete_many()
        .filter(bulletin_product_code::Column::ProductId.in_subquery(products()))
        .exec(conn)
        .await?;
    spot_check_item::Entity::delete_many()
        .filter(spot_check_item::Column::ProductId.in_subquery(products()))
        .exec(conn)
        .await?;
    bulletin_product::Entity::delete_many()
        .filter(bulletin_product::Column::BulletinId.eq(bulletin_id))
        .exec(conn)
        .await
        .map(|_| ())
}
