use entity::lab_capability::ProductClass;
use entity::lab_report::{self, ReportStatus};
use entity::lab_result::{self, ResultVerdict};
use entity::{booking, sample, slot};
use sea_orm::sea_query::{CaseStatement, Expr, Query, SelectStatement, SubQueryStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    QueryFilter as _, QuerySelect, QueryTrait as _,
};
use uuid::Uuid;

use super::statistics::{Visits, group_of, grouped};
use crate::features::desk::model::{CountSamplesBy, Finding};
use crate::platform::auth::PlaceScope;

/// Samples of one group of which the same was found.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CountedSamples {
    pub id: Option<Uuid>,
    pub code: Option<String>,
    /// Of the [`Finding`].
    pub rank: Option<i32>,
    pub samples: i64,
}

/// The worst that the report says of a sample which holds on its booking.
fn worst() -> SelectStatement {
    let verdict = |verdict: ResultVerdict| lab_result::Column::Verdict.eq(verdict);
    let is_unsafe = verdict(ResultVerdict::Fail).and(lab_result::Column::IsSafety.eq(true));
    let rank = CaseStatement::new()
        .case(is_unsafe, Finding::Unsafe.rank())
        .case(verdict(ResultVerdict::Fail), Finding::Failed.rank())
        .case(verdict(ResultVerdict::Pass), Finding::Passed.rank())
        .finally(Finding::NotJudged.rank());
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

/// Samples of visits, group by group; at most `limit` lines.
pub async fn sample_counts(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    by: CountSamplesBy,
    visits: &Visits,
    class: Option<ProductClass>,
    limit: u64,
) -> Result<Vec<CountedSamples>, DbErr> {
    let (id, code) = by.of_bookings().map_or_else(
        || {
            let class = Expr::col((sample::Entity, sample::Column::ProductClass));
            (Expr::value(Option::<Uuid>::None), class)
        },
        group_of,
    );
    let to_booking = sample::Entity::belongs_to(booking::Entity)
        .from(sample::Column::BookingId)
        .to(booking::Column::Id)
        .into();
    let to_slot = booking::Entity::belongs_to(slot::Entity)
        .from(booking::Column::SlotId)
        .to(slot::Column::Id)
        .into();
    let select = sample::Entity::find()
        .select_only()
        .expr_as(id, "id")
        .expr_as(code, "code")
        .expr_as(Expr::from(SubQueryStatement::from(worst())), "rank")
        .join(JoinType::InnerJoin, to_booking)
        .join(JoinType::InnerJoin, to_slot)
        .apply_if(class, |select, class| select.filter(sample::Column::ProductClass.eq(class)));
    let mut counted = grouped(visits.of(select, scope).into_query(), "rank", limit);
    counted.expr_as(Expr::cust("COUNT(*)"), "samples");
    CountedSamples::find_by_statement(conn.get_database_backend().build(&counted)).all(conn).await
}
