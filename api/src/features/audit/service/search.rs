use entity::audit_entry;
use uuid::Uuid;

use crate::app::App;
use crate::features::audit::dto::{
    AuditCriteria, AuditEntryDetail, AuditEntryView, AuditFilter, AuditSort,
};
use crate::features::audit::model::{check, described};
use crate::features::audit::queries;
use crate::platform::audit::{Link, integrity};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Direction, Page};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_audit_entries(
    ctx: &Ctx<perm::AuditRead>,
    filter: AuditFilter,
) -> AppResult<Page<AuditEntryView>> {
    let (cursor, limit) = filter.page().parse()?;
    let criteria = AuditCriteria::from(&filter);
    check(&criteria, "")?;
    let direction = match filter.sort.unwrap_or_default() {
        AuditSort::Newest => Direction::Descending,
        AuditSort::Oldest => Direction::Ascending,
    };
    let tx = ctx.begin().await?;
    let rows = queries::page(&tx, &criteria, direction, cursor, limit).await?;
    tx.audit("audit.search", "audit_trail", "entries", Some(described(&criteria))).await?;
    tx.commit().await?;
    let key = |row: &audit_entry::Model| (row.at, row.id);
    Ok(Page::build(rows, limit, key, |row| view(&ctx.app, row)))
}

pub async fn get_audit_entry(ctx: &Ctx<perm::AuditRead>, id: Uuid) -> AppResult<AuditEntryDetail> {
    let tx = ctx.begin().await?;
    let row = queries::by_id(&tx, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let integrity = integrity(&ctx.app, &tx, &row).await?;
    tx.audit("audit.read", "audit_entry", id, None).await?;
    tx.commit().await?;
    let anchor = row.seq.zip(row.link.clone()).map(|(seq, value)| Link { seq, value }.to_string());
    Ok(AuditEntryDetail { entry: view(&ctx.app, row), integrity, anchor })
}

/// An address that does not open shows as none; the entry's integrity tells why.
fn view(app: &App, row: audit_entry::Model) -> AuditEntryView {
    let address = app.audit.address(&row).unwrap_or_default();
    AuditEntryView::of(row, address)
}
