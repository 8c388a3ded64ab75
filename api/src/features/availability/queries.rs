use std::collections::HashMap;

use entity::lab::{self, LabStatus};
use entity::{lab_service, region};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// The regions in which there are labs at work.
pub async fn lab_regions(conn: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    lab::Entity::find()
        .select_only()
        .column(lab::Column::RegionCode)
        .distinct()
        .filter(lab::Column::Status.eq(LabStatus::Active))
        .into_tuple()
        .all(conn)
        .await
}

pub async fn labs(
    conn: &impl ConnectionTrait,
    region_prefix: &str,
    limit: u64,
) -> Result<Vec<lab::Model>, DbErr> {
    lab::Entity::find()
        .filter(lab::Column::Status.eq(LabStatus::Active))
        .filter(lab::Column::RegionCode.starts_with(region_prefix))
        .order_by_asc(lab::Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

pub async fn services(
    conn: &impl ConnectionTrait,
    region_prefix: &str,
    limit: u64,
) -> Result<Vec<lab_service::Model>, DbErr> {
    let labs = Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(Expr::col(lab::Column::Status).eq(LabStatus::Active))
        .and_where(Expr::col(lab::Column::RegionCode).like(format!("{region_prefix}%")))
        .take();
    lab_service::Entity::find()
        .filter(lab_service::Column::LabId.in_subquery(labs))
        .order_by_asc(lab_service::Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

/// Full names by code.
pub async fn region_names(
    conn: &impl ConnectionTrait,
    codes: Vec<String>,
) -> Result<HashMap<String, String>, DbErr> {
    let rows = region::Entity::find().filter(region::Column::Code.is_in(codes)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.code, row.full_name)).collect())
}
