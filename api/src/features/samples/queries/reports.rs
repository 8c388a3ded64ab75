use chrono::{DateTime, Utc};
use entity::lab_report::{self, Column, ReportStatus};
use entity::lab_result;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

pub async fn insert_report(
    conn: &impl ConnectionTrait,
    row: lab_report::ActiveModel,
) -> Result<lab_report::Model, DbErr> {
    lab_report::Entity::insert(row).exec_with_returning(conn).await
}

pub async fn insert_results(
    conn: &impl ConnectionTrait,
    rows: Vec<lab_result::ActiveModel>,
) -> Result<(), DbErr> {
    lab_result::Entity::insert_many(rows).exec_without_returning(conn).await.map(|_| ())
}

pub async fn report(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<lab_report::Model>, DbErr> {
    lab_report::Entity::find_by_id(id).one(conn).await
}

pub async fn report_of_code(
    conn: &impl ConnectionTrait,
    code: &str,
) -> Result<Option<lab_report::Model>, DbErr> {
    lab_report::Entity::find().filter(Column::Code.eq(code)).one(conn).await
}

pub async fn report_of_revision(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
    revision: i32,
) -> Result<Option<lab_report::Model>, DbErr> {
    lab_report::Entity::find()
        .filter(Column::BookingId.eq(booking_id))
        .filter(Column::Revision.eq(revision))
        .one(conn)
        .await
}

/// The newest first.
pub async fn reports_of_hash(
    conn: &impl ConnectionTrait,
    sha256: &[u8],
    limit: u64,
) -> Result<Vec<lab_report::Model>, DbErr> {
    lab_report::Entity::find()
        .filter(Column::Sha256.eq(sha256))
        .order_by_desc(Column::IssuedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

/// Every revision, the newest first.
pub async fn reports(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
) -> Result<Vec<lab_report::Model>, DbErr> {
    lab_report::Entity::find()
        .filter(Column::BookingId.eq(booking_id))
        .order_by_desc(Column::Revision)
        .all(conn)
        .await
}

pub async fn newest_report(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
) -> Result<Option<lab_report::Model>, DbErr> {
    lab_report::Entity::find()
        .filter(Column::BookingId.eq(booking_id))
        .order_by_desc(Column::Revision)
        .one(conn)
        .await
}

pub async fn valid_report(
    conn: &impl ConnectionTrait,
    booking_id: Uuid,
) -> Result<Option<lab_report::Model>, DbErr> {
    lab_report::Entity::find()
        .filter(Column::BookingId.eq(booking_id))
        .filter(Column::Status.eq(ReportStatus::Valid))
        .one(conn)
        .await
}

pub async fn results(
    conn: &impl ConnectionTrait,
    report_id: Uuid,
) -> Result<Vec<lab_result::Model>, DbErr> {
    lab_result::Entity::find()
        .filter(lab_result::Column::ReportId.eq(report_id))
        .order_by_asc(lab_result::Column::Position)
        .all(conn)
        .await
}

/// How a revision ends.
#[derive(Clone, Debug)]
pub struct End {
    pub to: ReportStatus,
    pub by: Uuid,
    pub reason: String,
}

/// Ends exactly the revision that was read. False when somebody else did meanwhile.
pub async fn end_report(
    conn: &impl ConnectionTrait,
    report: &lab_report::Model,
    end: End,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = lab_report::Entity::update_many()
        .col_expr(Column::Status, Expr::value(end.to))
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::EndedBy, Expr::value(end.by))
        .col_expr(Column::EndedBecause, Expr::value(end.reason))
        .filter(Column::Id.eq(report.id))
        .filter(Column::Status.eq(report.status))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
