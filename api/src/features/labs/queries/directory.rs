//! The public directory.

use entity::lab::{Column, Entity, LabStatus, Model};
use entity::lab_capability::{self, ProductClass};
use entity::lab_service::{self, ServiceKind, ServiceStatus};
use entity::scope::{Common as _, Scoped};
use sea_orm::sea_query::{Expr, Func, LikeExpr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, ExprTrait, QueryOrder, QuerySelect};

use crate::platform::db::{Cursor, Direction, page_of};
use crate::platform::geo::Location;

/// Which labs are looked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    pub region_prefix: Option<String>,
    pub service: Option<ServiceKind>,
    pub product_class: Option<ProductClass>,
    pub standard: Option<String>,
    pub name_part: Option<String>,
}

fn matching(search: &Search) -> Scoped<Entity> {
    let mut labs = Entity::common().filter(Column::Status.eq(LabStatus::Active));
    if let Some(prefix) = &search.region_prefix {
        labs = labs.filter(Column::RegionCode.starts_with(prefix));
    }
    if let Some(kind) = search.service {
        let offered = Query::select()
            .column(lab_service::Column::LabId)
            .from(lab_service::Entity)
            .and_where(lab_service::Column::Kind.eq(kind))
            .and_where(lab_service::Column::Status.eq(ServiceStatus::Open))
            .take();
        labs = labs.filter(Column::Id.in_subquery(offered));
    }
    if search.product_class.is_some() || search.standard.is_some() {
        // One capability that is all of it, not one for each.
        let mut able = Query::select();
        able.column(lab_capability::Column::LabId).from(lab_capability::Entity);
        if let Some(class) = search.product_class {
            able.and_where(lab_capability::Column::ProductClass.eq(class));
        }
        if let Some(standard) = &search.standard {
            able.and_where(lab_capability::Column::Standard.eq(standard));
        }
        if let Some(kind) = search.service {
            able.and_where(lab_capability::Column::ServiceKind.eq(kind));
        }
        labs = labs.filter(Column::Id.in_subquery(able));
    }
    if let Some(part) = &search.name_part {
        let literal = part.to_lowercase().replace('\\', "\\\\").replace('%', "\\%");
        let pattern = format!("%{}%", literal.replace('_', "\\_"));
        let name = Expr::expr(Func::lower(Expr::col(Column::Name)));
        labs = labs.filter(name.like(LikeExpr::new(pattern).escape('\\')));
    }
    labs
}

pub async fn active_page(
    conn: &impl ConnectionTrait,
    search: &Search,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(matching(search), key, Direction::Descending, cursor, limit).all(conn).await
}

/// The nearest as a plane map has it, at most `limit`.
pub async fn near(
    conn: &impl ConnectionTrait,
    search: &Search,
    here: Location,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    matching(search)
        .filter(here.near(Column::LatitudeE6, Column::LongitudeE6))
        .into_select()
        .order_by_asc(here.nearness(Column::LatitudeE6, Column::LongitudeE6))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(conn)
        .await
}
