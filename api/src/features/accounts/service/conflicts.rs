use entity::account_conflict::{self, ConflictDecision};
use serde_json::json;
use uuid::Uuid;

use crate::features::accounts::dto::{
    AccountConflictFilter, AccountConflictView, DecideAccountConflict,
};
use crate::features::accounts::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Page;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

pub async fn list_account_conflicts(
    ctx: &Ctx<perm::AccountManage>,
    filter: AccountConflictFilter,
) -> AppResult<Page<AccountConflictView>> {
    let (cursor, limit) = filter.page().parse()?;
    let rows = queries::conflicts_page(&ctx.app.db, filter.is_open, cursor, limit).await?;
    let key = |row: &account_conflict::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, AccountConflictView::from))
}

/// Keeps what we knew, or adopts what WeChat reports: the account then has no unionid until its next
/// log-in, which joins it by the ordinary rules.
pub async fn decide_account_conflict(
    ctx: &Ctx<perm::AccountManage>,
    id: Uuid,
    input: DecideAccountConflict,
) -> AppResult<AccountConflictView> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let tx = ctx.begin().await?;
    let row = queries::conflict(&tx, id).await?.ok_or_else(not_found)?;
    queries::locked_accounts(&tx, [row.account_id]).await?;
    if !queries::decide_conflict(&tx, id, input.decision, ctx.actor.staff_id, ctx.now).await? {
        return Err(ErrorCode::ConflictDecided.into());
    }
    // Its account may have become part of another before it was locked.
    let row = queries::conflict(&tx, id).await?.ok_or_else(not_found)?;
    if input.decision == ConflictDecision::Adopt {
        let Some(unionid) = &row.unionid else {
            let message = "该冲突只能保留现有信息";
            return Err(FieldError::new("decision", "unknown_value", message).into());
        };
        queries::set_unionid(&tx, row.account_id, None, ctx.now).await?;
        queries::adopt_unionid(&tx, row.account_id, unionid).await?;
    }
    let details = json!({ "decision": input.decision });
    tx.audit("account_conflict.decide", "account_conflict", id, Some(details)).await?;
    tx.commit().await?;
    Ok(row.into())
}
