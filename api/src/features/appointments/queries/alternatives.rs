use entity::lab;
use entity::lab_capability::{self, ProductClass};
use entity::lab_service::{self, ServiceKind};
use entity::slot::{self, Column};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::slots::Want;

/// Where else somebody could go.
#[derive(Clone, Debug)]
pub enum Near<'a> {
    /// The same service of the same lab at another time.
    SameService(Uuid),
    /// The same kind of service in labs whose region begins so, and that can test such products.
    SameKind { kind: ServiceKind, product_class: Option<ProductClass>, region_prefix: &'a str },
}

/// Slots with room, next first.
pub async fn alternatives(
    conn: &impl ConnectionTrait,
    near: Near<'_>,
    except: Uuid,
    want: &Want,
    limit: u64,
) -> Result<Vec<slot::Model>, DbErr> {
    let select = slot::Entity::find().filter(Column::Id.ne(except)).filter(want.bookable());
    let select = match near {
        Near::SameService(service_id) => select.filter(Column::ServiceId.eq(service_id)),
        Near::SameKind { kind, product_class, region_prefix } => {
            let services = services(kind, product_class, region_prefix);
            select.filter(Column::ServiceId.in_subquery(services))
        }
    };
    select.order_by_asc(Column::StartsAt).order_by_asc(Column::Id).limit(limit).all(conn).await
}

fn services(
    kind: ServiceKind,
    product_class: Option<ProductClass>,
    region_prefix: &str,
) -> SelectStatement {
    let labs = Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(Expr::col(lab::Column::RegionCode).like(format!("{region_prefix}%")))
        .to_owned();
    let mut services = Query::select()
        .column(lab_service::Column::Id)
        .from(lab_service::Entity)
        .and_where(Expr::col(lab_service::Column::Kind).eq(kind))
        .and_where(Expr::col(lab_service::Column::LabId).in_subquery(labs))
        .to_owned();
    if let Some(class) = product_class {
        let able = Query::select()
            .column(lab_capability::Column::LabId)
            .from(lab_capability::Entity)
            .and_where(Expr::col(lab_capability::Column::ServiceKind).eq(kind))
            .and_where(Expr::col(lab_capability::Column::ProductClass).eq(class))
            .to_owned();
        services.and_where(Expr::col(lab_service::Column::LabId).in_subquery(able));
    }
    services
}
