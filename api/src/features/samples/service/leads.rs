use crate::features::samples::dto::{RiskLeadFilter, RiskLeadView};
use crate::features::samples::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::AppResult;

pub async fn list_risk_leads(
    ctx: &Ctx<perm::RiskLeadRead>,
    filter: RiskLeadFilter,
) -> AppResult<Page<RiskLeadView>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = ctx.actor.regions::<perm::RiskLeadRead>();
    let rows = queries::lead_page(&ctx.app.db, &scope, filter.status, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.created_at, row.id), RiskLeadView::from))
}
