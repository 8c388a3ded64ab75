use entity::lab_capability::ProductClass;
use entity::lab_report::{self, ReportStatus};
use entity::lab_result::{self, ResultVerdict};
use entity::lab_service::{self, ServiceKind};
use entity::{booking, lab, sample, slot};
use sea_orm::sea_query::{CaseStatement, Expr, Query, SelectStatement, SubQueryStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    QueryFilter, QuerySelect, QueryTrait as _,
};
use uuid::Uuid;

use super::statistics::{group_of, labs_of, to_lab, to_service};
use crate::features::desk::model::{CountSamplesBy, Span};
use crate::platform::auth::PlaceScope;

/// Which samples are counted, and by what.
#[derive(Clone, Debug)]
pub struct CountSamples {
    pub by: CountSamplesBy,
    pub span: Span,
    pub region: Option<String>,
    pub lab_id: Option<Uuid>,
    pub kind: Option<ServiceKind>,
    pub product_class: Option<ProductClass>,
}

/// Samples of one group of which the same was found.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CountedSamples {
    pub id: Option<Uuid>,
    pub code: Option<String>,
    /// See [`Finding::ranked`](crate::features::desk::model::Finding::ranked).
    pub rank: Option<i32>,
    pub samples: i64,
}

/// The worst that the report says of a sample which holds on its booking.
fn worst() -> SelectStatement {
    let verdict = |verdict: ResultVerdict| lab_result::Column::Verdict.eq(verdict);
    let is_unsafe = verdict(ResultVerdict::Fail).and(lab_result::Column::IsSafety.eq(true));
    // Written out: PostgreSQL would take parameters for text.
    let rank = CaseStatement::new()
        .case(is_unsafe, Expr::cust("4"))
        .case(verdict(ResultVerdict::Fail), Expr::cust("3"))
        .case(verdict(ResultVerdict::Pass), Expr::cust("2"))
        .finally(Expr::cust("1"));
    let of_the_booking = Expr::col((lab_report::Entity, lab_report::Column::BookingId))
        .equals((sample::Entity, sample::Column::BookingId));
    let of_the_sample = Expr::col((lab_result::Entity, lab_result::Column::SampleId))
        .equals((sample::Entity, sample::Column::Id));
    Query::select()
        .expr(Expr::expr(rank).max())
        .from(lab_report::Entity)
        .inner_join(
            lab_result::Entity,
            Expr::col((lab_result::Entity, lab_result::Column::ReportId))
                .equals((lab_report::Entity, lab_report::Column::Id)),
        )
        .and_where(of_the_booking)
        .and_where(lab_report::Column::Status.eq(ReportStatus::Valid))
        .and_where(of_the_sample)
        .take()
}

/// Samples of visits that begin in a time, group by group; at most `limit` lines.
pub async fn sample_counts(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    count: &CountSamples,
    limit: u64,
) -> Result<Vec<CountedSamples>, DbErr> {
    let (id, code) = count.by.of_bookings().map_or_else(
        || {
            let class = Expr::col((sample::Entity, sample::Column::ProductClass));
            (Expr::value(Option::<Uuid>::None), class)
        },
        |by| {
            let (id, code, _) = group_of(by);
            (id, code)
        },
    );
    let to_booking = sample::Entity::belongs_to(booking::Entity)
        .from(sample::Column::BookingId)
        .to(booking::Column::Id)
        .into();
    let to_slot = booking::Entity::belongs_to(slot::Entity)
        .from(booking::Column::SlotId)
        .to(slot::Column::Id)
        .into();
    let mut select = sample::Entity::find()
        .select_only()
        .expr_as(id, "id")
        .expr_as(code, "code")
        .expr_as(Expr::from(SubQueryStatement::from(worst())), "rank")
        .join(JoinType::InnerJoin, to_booking)
        .join(JoinType::InnerJoin, to_slot)
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
    if let Some(class) = count.product_class {
        select = select.filter(sample::Column::ProductClass.eq(class));
    }
    // Grouped from outside, so that the parameters of an expression stand in the statement once.
    let (found, group) = ("found", ["id", "code", "rank"]);
    let mut counted = Query::select();
    counted
        .columns(group)
        .expr_as(Expr::cust("COUNT(*)"), "samples")
        .from_subquery(select.into_query(), found)
        .group_by_columns(group)
        .limit(limit);
    for column in group {
        counted.order_by(column, sea_orm::Order::Asc);
    }
    let statement = conn.get_database_backend().build(&counted);
    CountedSamples::find_by_statement(statement).all(conn).await
}
