use entity::lab;
use entity::lab_service::{ActiveModel, Column, Entity, Model, ServiceStatus};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use uuid::Uuid;

use crate::features::labs::model::Offer;

pub async fn services(conn: &impl ConnectionTrait, lab_id: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::LabId.eq(lab_id))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(conn)
        .await
}

pub async fn service(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

/// What decides whether services may be booked.
pub async fn offers(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<(Uuid, Offer)>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids))
        .select_only()
        .columns([Column::Id, Column::Kind, Column::Status])
        .columns([lab::Column::Status, lab::Column::AccreditedUntil])
        .join(sea_orm::JoinType::InnerJoin, to_lab())
        .into_tuple()
        .all(conn)
        .await?;
    let offer = |(id, kind, service, lab, accredited_until)| {
        (id, Offer { kind, service, lab, accredited_until })
    };
    Ok(rows.into_iter().map(offer).collect())
}

fn to_lab() -> sea_orm::RelationDef {
    Entity::belongs_to(lab::Entity).from(Column::LabId).to(lab::Column::Id).into()
}

pub async fn insert_service(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

fn changed(service: &Model, version: i32) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(service.id))
        .filter(Column::Version.eq(version))
}

/// Changes exactly the version that was read. False when somebody else changed it meanwhile.
pub async fn update_service(
    conn: &impl ConnectionTrait,
    service: &Model,
    version: i32,
    name: String,
    description: String,
) -> Result<bool, DbErr> {
    let done = changed(service, version)
        .col_expr(Column::Name, Expr::value(name))
        .col_expr(Column::Description, Expr::value(description))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// As [`update_service`].
pub async fn set_service_status(
    conn: &impl ConnectionTrait,
    service: &Model,
    version: i32,
    status: ServiceStatus,
) -> Result<bool, DbErr> {
    let done =
        changed(service, version).col_expr(Column::Status, Expr::value(status)).exec(conn).await?;
    Ok(done.rows_affected == 1)
}
