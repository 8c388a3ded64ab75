use std::collections::HashMap;

use entity::booking::{self, BookingStatus};
use entity::lab_service::{self, ServiceKind};
use entity::scope::AtPlace as _;
use entity::{lab, region, slot};
use sea_orm::sea_query::{Expr, Func, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait as _, RelationDef,
};
use uuid::Uuid;

use crate::features::desk::model::{CountBy, Span};
use crate::platform::auth::PlaceScope;

/// Which bookings are counted, and by what.
#[derive(Clone, Debug)]
pub struct Count {
    pub by: CountBy,
    pub span: Span,
    pub region: Option<String>,
    pub lab_id: Option<Uuid>,
    pub kind: Option<ServiceKind>,
}

/// Bookings of one group in one state.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Counted {
    pub id: Option<Uuid>,
    pub code: Option<String>,
    pub status: BookingStatus,
    pub bookings: i64,
    pub units: i64,
}

/// The ids of the labs in a scope.
pub(super) fn labs_of(scope: &PlaceScope) -> SelectStatement {
    let labs = lab::Entity::at_places(scope).into_select();
    labs.select_only().column(lab::Column::Id).into_query()
}

fn to_bookings() -> RelationDef {
    slot::Entity::belongs_to(booking::Entity)
        .from(slot::Column::Id)
        .to(booking::Column::SlotId)
        .into()
}

pub(super) fn to_lab() -> RelationDef {
    slot::Entity::belongs_to(lab::Entity).from(slot::Column::LabId).to(lab::Column::Id).into()
}

pub(super) fn to_service() -> RelationDef {
    slot::Entity::belongs_to(lab_service::Entity)
        .from(slot::Column::ServiceId)
        .to(lab_service::Column::Id)
        .into()
}

/// The id and the code of a booking's group, and that of both which is not null.
pub(super) fn group_of(by: CountBy) -> (Expr, Expr, Expr) {
    let no_id = || Expr::value(Option::<Uuid>::None);
    let no_code = || Expr::value(Option::<String>::None);
    let column = |column: Expr| (column.clone(), no_code(), column);
    let code = |code: Expr| (no_id(), code.clone(), code);
    match by {
        CountBy::Lab => column(Expr::col((slot::Entity, slot::Column::LabId))),
        CountBy::Stop => column(Expr::col((slot::Entity, slot::Column::StopId))),
        CountBy::Service => column(Expr::col((slot::Entity, slot::Column::ServiceId))),
        CountBy::Kind => code(Expr::col((lab_service::Entity, lab_service::Column::Kind))),
        CountBy::Province | CountBy::City | CountBy::District => {
            let digits = by.region_digits().unwrap_or_default();
            let region = Expr::col((lab::Entity, lab::Column::RegionCode));
            // Written out: two parameters would not be one expression to PostgreSQL.
            let digits = Expr::cust(digits.to_string());
            code(Func::cust("substr").arg(region).arg(Expr::cust("1")).arg(digits).into())
        }
    }
}

/// Bookings of slots that begin in a time, group by group; at most `limit` lines.
pub async fn counts(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    count: &Count,
    limit: u64,
) -> Result<Vec<Counted>, DbErr> {
    let (id, code, key) = group_of(count.by);
    let mut select = slot::Entity::find()
        .select_only()
        .expr_as(id, "id")
        .expr_as(code, "code")
        .column(booking::Column::Status)
        .expr_as(Expr::cust("COUNT(*)"), "bookings")
        .expr_as(Expr::col((booking::Entity, booking::Column::Units)).sum(), "units")
        .join(JoinType::InnerJoin, to_bookings())
        .join(JoinType::InnerJoin, to_lab())
        .join(JoinType::InnerJoin, to_service())
        .filter(slot::Column::StartsAt.gte(count.span.from))
        .filter(slot::Column::StartsAt.lt(count.span.until))
        .filter(slot::Column::LabId.in_subquery(labs_of(scope)));
    if let Some(region) = &count.region {
        select = select.filter(lab::Column::RegionCode.starts_with(region));
    }
    if let Some(lab_id) = count.lab_id {
        select = select.filter(slot::Column::LabId.eq(lab_id));
    }
    if let Some(kind) = count.kind {
        select = select.filter(lab_service::Column::Kind.eq(kind));
    }
    QuerySelect::query(&mut select)
        .add_group_by([key.clone(), Expr::col((booking::Entity, booking::Column::Status))])
        .order_by_expr(key, sea_orm::Order::Asc);
    select.order_by_asc(booking::Column::Status).limit(limit).into_model().all(conn).await
}

/// What the groups are called.
pub async fn names(
    conn: &impl ConnectionTrait,
    by: CountBy,
    ids: Vec<Uuid>,
    codes: Vec<String>,
) -> Result<HashMap<String, String>, DbErr> {
    let by_id = |rows: Vec<(Uuid, String)>| {
        rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
    };
    Ok(match by {
        CountBy::Lab => by_id(
            lab::Entity::find()
                .select_only()
                .columns([lab::Column::Id, lab::Column::Name])
                .filter(lab::Column::Id.is_in(ids))
                .into_tuple()
                .all(conn)
                .await?,
        ),
        CountBy::Service => by_id(
            lab_service::Entity::find()
                .select_only()
                .columns([lab_service::Column::Id, lab_service::Column::Name])
                .filter(lab_service::Column::Id.is_in(ids))
                .into_tuple()
                .all(conn)
                .await?,
        ),
        CountBy::Province | CountBy::City | CountBy::District => region::Entity::find()
            .select_only()
            .columns([region::Column::Code, region::Column::Name])
            .filter(region::Column::Code.is_in(codes))
            .into_tuple::<(String, String)>()
            .all(conn)
            .await?
            .into_iter()
            .collect(),
        CountBy::Stop | CountBy::Kind => HashMap::new(),
    })
}
