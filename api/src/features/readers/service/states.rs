use std::collections::HashMap;

use uuid::Uuid;

use crate::features::readers::dto::{ArticleStateList, ArticleStateView, StatesQuery, VoteView};
use crate::features::readers::model::{STATES_MOST, ids};
use crate::features::readers::queries::{self, StateRow};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

pub async fn get_article_state(
    ctx: &Ctx<perm::MeUse>,
    article_id: Uuid,
) -> AppResult<ArticleStateView> {
    let rows = queries::states(&ctx.app.db, ctx.actor.account_id, vec![article_id]).await?;
    let row = rows.into_iter().next();
    row.map(state).ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

pub async fn list_article_states(
    ctx: &Ctx<perm::MeUse>,
    query: StatesQuery,
) -> AppResult<ArticleStateList> {
    let ids = ids(&query.ids).ok_or_else(|| {
        let message = format!("应为以逗号分隔的文章编号，最多 {STATES_MOST} 个");
        FieldError::new("ids", "invalid_format", message)
    })?;
    let rows = queries::states(&ctx.app.db, ctx.actor.account_id, ids.clone()).await?;
    let mut rows: HashMap<Uuid, StateRow> =
        rows.into_iter().map(|row| (row.article_id, row)).collect();
    let items = ids.iter().filter_map(|id| rows.remove(id)).map(state).collect();
    Ok(ArticleStateList { items })
}

fn state(row: StateRow) -> ArticleStateView {
    ArticleStateView {
        id: row.article_id,
        is_favourite: row.favoured_at.is_some(),
        progress: row.progress,
        read_at: row.read_at,
        vote: row.is_useful.map(|useful| VoteView { useful, reason: row.reason }),
    }
}
