use std::sync::Arc;

use super::refused;
use crate::features::search::dto::{
    SuggestionFilter, SuggestionKind, SuggestionList, SuggestionView,
};
use crate::features::search::model::known_by;
use crate::features::search::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::http::AppResult;
use crate::platform::search::{MOST_QUERY_CHARS, QueryError};

const TAGS: u64 = 6;
const TITLES: u64 = 6;

pub async fn suggest_searches(
    ctx: &Ctx<perm::Public>,
    filter: SuggestionFilter,
) -> AppResult<Arc<CachedPage>> {
    let begun = filter.q.as_deref().unwrap_or_default().trim();
    if begun.chars().count() > MOST_QUERY_CHARS {
        return Err(refused(QueryError::TooLong).into());
    }
    // While only signs were typed, nothing was.
    let beginning = known_by(begun);
    let page = ctx.app.pages.get(PageKey::new("suggestions", beginning.as_str()), async || {
        let db = &ctx.app.db;
        let tags = queries::known_tags(db, &beginning, TAGS).await?;
        let titles = match beginning.as_str() {
            "" => Vec::new(),
            beginning => queries::known_titles(db, beginning, TITLES).await?,
        };
        let tags = tags.into_iter().map(|row| SuggestionView {
            kind: SuggestionKind::Tag,
            text: row.tag,
            document_kind: None,
            document_id: None,
        });
        let titles = titles.into_iter().map(|row| SuggestionView {
            kind: SuggestionKind::Title,
            text: row.title,
            document_kind: Some(row.kind),
            document_id: Some(row.ref_id),
        });
        Ok(SuggestionList { items: tags.chain(titles).collect() })
    });
    page.await
}
