use std::collections::HashMap;

use entity::booking::{self, BookingStatus};
use entity::lab_service::{self, ServiceKind};
use entity::scope::AtPlace as _;
use entity::{lab, region, slot};
use sea_orm::sea_query::{Expr, Func, NullOrdering, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    QueryFilter, QuerySelect, QueryTrait as _, RelationDef, Select,
};
use uuid::Uuid;

use crate::features::desk::model::{CountBy, Span};
use crate::platform::auth::PlaceScope;

/// Which visits are looked at.
#[derive(Clone, Debug)]
pub struct Visits {
    pub span: Span,
    pub region: Option<String>,
    pub lab_id: Option<Uuid>,
    pub kind: Option<ServiceKind>,
}

impl Visits {
    /// Narrows a query over slots to what begins in the span, at the labs of a scope.
    pub(super) fn of<E: EntityTrait>(&self, select: Select<E>, scope: &PlaceScope) -> Select<E> {
        let starts_at = (slot::Entity, slot::Column::StartsAt);
        select
            .join(JoinType::InnerJoin, to_lab())
            .join(JoinType::InnerJoin, to_service())
            .filter(Expr::col(starts_at).gte(self.span.from))
            .filter(Expr::col(starts_at).lt(self.span.until))
            .filter(slot::Column::LabId.in_subquery(labs_of(scope)))
            .apply_if(self.region.as_ref(), |select, region| {
                select.filter(lab::Column::RegionCode.starts_with(region))
            })
            .apply_if(self.lab_id, |select, id| select.filter(slot::Column::LabId.eq(id)))
            .apply_if(self.kind, |select, kind| select.filter(lab_service::Column::Kind.eq(kind)))
    }
}

/// Bookings of one group in one state.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Counted {
    pub id: Option<Uuid>,
    pub code: Option<String>,
    pub status: BookingStatus,
    pub bookings: i64,
    pub units: i64,
    /// Of them, who did not come though their group did.
    pub units_absent: i64,
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

fn to_lab() -> RelationDef {
    slot::Entity::belongs_to(lab::Entity).from(slot::Column::LabId).to(lab::Column::Id).into()
}

fn to_service() -> RelationDef {
    slot::Entity::belongs_to(lab_service::Entity)
        .from(slot::Column::ServiceId)
        .to(lab_service::Column::Id)
        .into()
}

/// The id and the code of a visit's group: one of them, or none.
pub(super) fn group_of(by: CountBy) -> (Expr, Expr) {
    let id = |column| (Expr::col((slot::Entity, column)), Expr::value(Option::<String>::None));
    let code = |code| (Expr::value(Option::<Uuid>::None), code);
    match by {
        CountBy::Lab => id(slot::Column::LabId),
        CountBy::Stop => id(slot::Column::StopId),
        CountBy::Service => id(slot::Column::ServiceId),
        CountBy::Kind => code(Expr::col((lab_service::Entity, lab_service::Column::Kind))),
        CountBy::Province | CountBy::City | CountBy::District => {
            let digits = by.region_digits().unwrap_or_default();
            let region = Expr::col((lab::Entity, lab::Column::RegionCode));
            code(Func::cust("substr").arg(region).arg(1).arg(digits).into())
        }
    }
}

/// Counts what was found by its `id`, its `code` and one more column; at most `limit` lines. From
/// outside, so that an expression with parameters stands in the statement once, as PostgreSQL wants it.
pub(super) fn grouped(found: SelectStatement, by: &'static str, limit: u64) -> SelectStatement {
    let group = ["id", "code", by];
    let mut counted = Query::select();
    counted.columns(group).from_subquery(found, "found").group_by_columns(group).limit(limit);
    for column in group {
        // The engines do not agree by themselves where nothing stands.
        counted.order_by_with_nulls(column, Order::Asc, NullOrdering::Last);
    }
    counted
}

/// Bookings of visits, group by group; at most `limit` lines.
pub async fn counts(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    by: CountBy,
    visits: &Visits,
    limit: u64,
) -> Result<Vec<Counted>, DbErr> {
    let (id, code) = group_of(by);
    let select = slot::Entity::find()
        .select_only()
        .expr_as(id, "id")
        .expr_as(code, "code")
        .column(booking::Column::Status)
        .column(booking::Column::Units)
        .column(booking::Column::UnitsAbsent)
        .join(JoinType::InnerJoin, to_bookings());
    let mut counted = grouped(visits.of(select, scope).into_query(), "status", limit);
    counted
        .expr_as(Expr::cust("COUNT(*)"), "bookings")
        .expr_as(Expr::col("units").sum(), "units")
        .expr_as(Expr::col("units_absent").sum(), "units_absent");
    Counted::find_by_statement(conn.get_database_backend().build(&counted)).all(conn).await
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
