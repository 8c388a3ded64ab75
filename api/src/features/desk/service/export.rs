use bytes::Bytes;
use chrono::TimeDelta;
use entity::booking_export::{self, ExportStatus};
use futures_util::Stream;
use sea_orm::Set;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::sheet::Sheet;
use crate::app::App;
use crate::features::desk::dto::{BookingExportView, CreateBookingExport};
use crate::features::desk::jobs::WriteBookingExport;
use crate::features::desk::model::{Cell, MOST_DAYS, Reach, Span};
use crate::features::desk::policy;
use crate::features::desk::queries::{self, Finished, Line};
use crate::platform::auth::{Ctx, PlaceScope, perm};
use crate::platform::db::{AuditActor, Cursor, Page, PageQuery, unique_violation};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::jobs::Schedule;
use crate::platform::sealed_file::SealedFile;

/// Bookings that are read at once.
const PAGE: u64 = 500;
const OVERDUE: u64 = 100;
const HEAD: [&str; 16] = [
    "预约码",
    "机构",
    "地区代码",
    "服务",
    "服务类别",
    "产品",
    "状态",
    "渠道",
    "份数",
    "开始",
    "结束",
    "提交",
    "到场",
    "出结果",
    "样品编号",
    "原因代码",
];

/// # Errors
/// `export_running` while one's last one is not finished.
pub async fn create_booking_export(
    ctx: &Ctx<perm::BookingExport>,
    input: CreateBookingExport,
) -> AppResult<BookingExportView> {
    span(&input)?;
    let reach = Reach::from(&policy::labs::<perm::BookingExport>(&ctx.actor));
    let keep = TimeDelta::seconds(i64::from(ctx.app.config.desk.export_keep_secs));
    let filter = serde_json::to_value(&input).map_err(AppError::internal)?;
    let mut tx = ctx.begin().await?;
    let row = booking_export::ActiveModel {
        id: Set(tx.new_id()),
        requested_by: Set(ctx.actor.staff_id),
        filter: Set(filter.clone()),
        reach: Set(serde_json::to_value(&reach).map_err(AppError::internal)?),
        status: Set(ExportStatus::Pending),
        attempt: Set(None),
        parts: Set(0),
        rows: Set(0),
        bytes: Set(0),
        sha256: Set(None),
        created_at: Set(ctx.now),
        finished_at: Set(None),
        expires_at: Set(ctx.now + keep),
    };
    let row = match queries::insert_export(&tx, row).await {
        Ok(row) => row,
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::ExportRunning.into()),
        Err(cause) => return Err(cause.into()),
    };
    let details = json!({ "filter": filter });
    tx.audit("booking_export.create", "booking_export", row.id, Some(details)).await?;
    tx.enqueue(&WriteBookingExport { export_id: row.id }, Schedule::now()).await?;
    tx.commit().await?;
    Ok(BookingExportView::of(row, ctx.now))
}

fn span(input: &CreateBookingExport) -> AppResult<Span> {
    let message = || format!("应在开始日期之后 {MOST_DAYS} 天之内");
    Span::of_days(input.from, input.to)
        .ok_or_else(|| FieldError::new("to", "out_of_range", message()).into())
}

pub async fn list_booking_exports(
    ctx: &Ctx<perm::BookingExport>,
    page: PageQuery,
) -> AppResult<Page<BookingExportView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_exports(&ctx.app.db, ctx.actor.staff_id, cursor, limit).await?;
    let key = |row: &booking_export::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| BookingExportView::of(row, ctx.now)))
}

pub async fn get_booking_export(
    ctx: &Ctx<perm::BookingExport>,
    id: Uuid,
) -> AppResult<BookingExportView> {
    let row = queries::own_export(&ctx.app.db, ctx.actor.staff_id, id).await?;
    Ok(BookingExportView::of(row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?, ctx.now))
}

/// The length of the file in bytes, and its parts one after the other.
///
/// # Errors
/// `export_not_ready` before and after its time, `forbidden` when one's rights reach less far now.
pub async fn download_booking_export(
    ctx: &Ctx<perm::BookingExport>,
    id: Uuid,
) -> AppResult<(u64, impl Stream<Item = AppResult<Bytes>> + use<>)> {
    let tx = ctx.begin().await?;
    let row = queries::own_export(&tx, ctx.actor.staff_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let is_there = row.status == ExportStatus::Ready && ctx.now < row.expires_at;
    let Some(attempt) = row.attempt.filter(|_| is_there) else {
        return Err(ErrorCode::ExportNotReady.into());
    };
    let reach: Reach = serde_json::from_value(row.reach).map_err(AppError::internal)?;
    policy::may_fetch::<perm::BookingExport>(&ctx.actor, &reach)?;
    tx.audit("booking_export.download", "booking_export", id, None).await?;
    tx.commit().await?;
    let bytes = u64::try_from(row.bytes).unwrap_or_default();
    Ok((bytes, file(id, attempt).read(&ctx.app, row.parts)))
}

fn folder(id: Uuid) -> String {
    format!("booking-exports/{id}/")
}

/// What one run writes: two that overlap do not write over each other.
fn file(id: Uuid, attempt: i32) -> SealedFile {
    let purpose = format!("booking_export.part:{id}:{attempt}");
    SealedFile::new(format!("{}{attempt}/", folder(id)), purpose)
}

/// Writes the sheet of a pending export. Run twice, the second run finds nothing to do.
///
/// # Errors
/// Database or storage cannot be reached; after the last attempt the export has failed.
pub async fn write_export(app: &App, id: Uuid, attempt: i32, is_last: bool) -> AppResult<()> {
    let row = queries::export(&app.db, id).await?;
    let Some(row) = row.filter(|row| row.status == ExportStatus::Pending) else { return Ok(()) };
    let written = write_file(app, &row, attempt).await;
    if written.is_err() && !is_last {
        return written.map(|_| ());
    }
    let tx = app.begin(AuditActor::System).await?;
    let outcome = match written {
        Ok(file) => {
            queries::finish_export(&tx, id, &file, tx.now()).await?;
            Ok(())
        }
        Err(error) => {
            queries::end_export(&tx, id, ExportStatus::Pending, ExportStatus::Failed).await?;
            Err(error)
        }
    };
    tx.commit().await?;
    outcome
}

async fn write_file(app: &App, row: &booking_export::Model, attempt: i32) -> AppResult<Finished> {
    let Sheet { rows, mut parts, work } = Sheet::begin(&HEAD, row.created_at);
    let count = read_rows(app, row, rows).await?;
    let (sealed, mut hash) = (file(row.id, attempt), Sha256::new());
    let mut file = Finished { attempt, parts: 0, rows: count, bytes: 0, sha256: Vec::new() };
    while let Some(part) = parts.recv().await {
        sealed.write(app, file.parts, &part).await?;
        hash.update(&part);
        file.bytes += i64::try_from(part.len()).map_err(AppError::internal)?;
        file.parts += 1;
    }
    work.await.map_err(AppError::internal)?.map_err(AppError::internal)?;
    file.sha256 = hash.finalize().to_vec();
    Ok(file)
}

/// Hands over page after page. Returns how many bookings there were.
async fn read_rows(
    app: &App,
    row: &booking_export::Model,
    rows: tokio::sync::mpsc::Sender<super::sheet::Rows>,
) -> AppResult<i64> {
    let filter: CreateBookingExport =
        serde_json::from_value(row.filter.clone()).map_err(AppError::internal)?;
    let reach: Reach = serde_json::from_value(row.reach.clone()).map_err(AppError::internal)?;
    let (scope, span) = (PlaceScope::from(reach), span(&filter)?);
    let narrow = (filter.lab_id, filter.status);
    let (mut cursor, mut count) = (None, 0);
    loop {
        let mut lines = queries::lines(&app.db, &scope, span, narrow, cursor, PAGE).await?;
        // The page brings one more than was asked for, to tell the end.
        let has_more = lines.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
        if has_more {
            lines.pop();
        }
        cursor = lines.last().map(|last| Cursor { at: last.starts_at, id: last.id });
        count += i64::try_from(lines.len()).map_err(AppError::internal)?;
        let page = lines.into_iter().map(cells).collect();
        // When nobody takes it any more, the end of the work tells why.
        if rows.send(page).await.is_err() || !has_more {
            return Ok(count);
        }
    }
}

fn cells(line: Line) -> Vec<Cell> {
    let text = |text: Option<String>| Cell::Text(text.unwrap_or_default());
    vec![
        Cell::Text(line.public_code),
        Cell::Text(line.lab_name),
        Cell::Text(line.region_code),
        Cell::Text(line.service_name),
        Cell::Text(line.kind.as_str()),
        Cell::Text(line.product_name),
        Cell::Text(line.status.as_str()),
        Cell::Text(line.channel.as_str()),
        Cell::Number(line.units),
        Cell::Time(Some(line.starts_at)),
        Cell::Time(Some(line.ends_at)),
        Cell::Time(Some(line.created_at)),
        Cell::Time(line.checked_in_at),
        Cell::Time(line.completed_at),
        text(line.sample_number),
        text(line.reason_code),
    ]
}

/// Removes the files whose time is over; what they were stays on record.
///
/// # Errors
/// Storage or database cannot be reached; the next hour goes on.
pub async fn expire_exports(app: &App) -> AppResult<()> {
    for row in queries::overdue_exports(&app.db, app.clock.now(), OVERDUE).await? {
        app.storage.delete_folder(&folder(row.id)).await?;
        // One that is still pending then has no worker any more.
        let to = match row.status {
            ExportStatus::Pending => ExportStatus::Failed,
            _ => ExportStatus::Expired,
        };
        let tx = app.begin(AuditActor::System).await?;
        queries::end_export(&tx, row.id, row.status, to).await?;
        tx.commit().await?;
    }
    Ok(())
}
