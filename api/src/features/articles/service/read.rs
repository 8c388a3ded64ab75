use std::sync::Arc;

use entity::article::{self, ArticleStatus};
use entity::article_category;
use entity::article_label::LabelKind;
use uuid::Uuid;

use super::{LIST, ONE};
use crate::features::articles::dto::{
    ArticleFilter, ArticleSummary, ArticleView, CategoryList, CategoryView,
};
use crate::features::articles::model::normalised_standard;
use crate::features::articles::queries::{self, Shown};
use crate::features::media::service as media;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::db::Page;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError, StoredFile, Withdrawal};

/// Lengths of the codes of the regions that a region lies in.
const REGION_LEVELS: [usize; 4] = [2, 4, 6, 9];

pub async fn list_article_categories(ctx: &Ctx<perm::Public>) -> AppResult<Arc<CachedPage>> {
    let page = ctx.app.pages.get(PageKey::new("article_categories", ""), async || {
        let rows = queries::categories(&ctx.app.db).await?;
        Ok(CategoryList { items: rows.into_iter().map(CategoryView::from).collect() })
    });
    page.await
}

pub async fn list_articles(
    ctx: &Ctx<perm::Public>,
    filter: ArticleFilter,
) -> AppResult<Arc<CachedPage>> {
    let (cursor, limit) = filter.page().parse()?;
    let page = ctx.app.pages.get(PageKey::new(LIST, key(&filter, limit)), async || {
        let rows = queries::published_page(&ctx.app.db, shown(ctx, filter).await?, cursor, limit);
        let key = |row: &article::Model| (row.published_at.unwrap_or(row.created_at), row.id);
        Ok(Page::build(rows.await?, limit, key, |row| ArticleSummary::of(&row)))
    });
    page.await
}

/// Tells pages apart. A text of the client cannot look like the end of its field.
fn key(filter: &ArticleFilter, limit: u64) -> String {
    let ArticleFilter { category, kind, class, tag, standard, audience, region, cursor, .. } =
        filter;
    let words = (kind, class, audience);
    format!("{limit}|{words:?}|{category:?}|{tag:?}|{standard:?}|{region:?}|{cursor:?}")
}

async fn shown(ctx: &Ctx<perm::Public>, filter: ArticleFilter) -> AppResult<Shown> {
    let db = &ctx.app.db;
    let categories = match &filter.category {
        Some(code) => Some(below(&queries::categories(db).await?, code)?),
        None => None,
    };
    let regions = match &filter.region {
        Some(code) => {
            require_region(db, code, "region").await?;
            let around = REGION_LEVELS.into_iter().filter_map(|length| code.get(..length));
            Some(around.map(str::to_owned).collect())
        }
        None => None,
    };
    let standard = match &filter.standard {
        Some(text) => Some(normalised_standard(text).ok_or_else(|| {
            FieldError::new("standard", "invalid_format", "应为国家标准编号，如 GB 6675.1-2014")
        })?),
        None => None,
    };
    let labels = [
        (LabelKind::Tag, filter.tag),
        (LabelKind::Standard, standard),
        (LabelKind::Audience, filter.audience.map(|audience| audience.as_str())),
    ];
    let labels = labels.into_iter().filter_map(|(kind, label)| Some((kind, label?)));
    Ok(Shown {
        categories,
        kind: filter.kind,
        class: filter.class,
        labels: labels.collect(),
        regions,
    })
}

/// A category and all that stand below it.
fn below(all: &[article_category::Model], code: &str) -> AppResult<Vec<String>> {
    if !all.iter().any(|one| one.code == code) {
        return Err(AppError::new(ErrorCode::UnknownCategory).on_field("category"));
    }
    let mut found = vec![code.to_owned()];
    // A tree: each is found once, below the one it belongs to.
    let mut at = 0;
    while let Some(parent) = found.get(at).cloned() {
        let of = |one: &&article_category::Model| one.parent_code.as_ref() == Some(&parent);
        found.extend(all.iter().filter(of).map(|one| one.code.clone()));
        at += 1;
    }
    Ok(found)
}

/// # Errors
/// `not_found` for what is not public, `article_expired`, `article_withdrawn` with the notice.
pub async fn get_article(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<Arc<CachedPage>> {
    let db = &ctx.app.db;
    let page = ctx.app.pages.get(PageKey::new(ONE, id.simple().to_string()), async || {
        let row = queries::by_id(db, id).await?;
        let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
        match row.status {
            ArticleStatus::Published => {
                let corrections = match row.corrected_at {
                    Some(_) => queries::corrections(db, id).await?,
                    None => Vec::new(),
                };
                Ok(ArticleView::of(&row, corrections))
            }
            ArticleStatus::Withdrawn => {
                let article::Model { title, notice, withdrawn_at, .. } = row;
                let withdrawal = Withdrawal { title, notice, withdrawn_at };
                Err(AppError::new(ErrorCode::ArticleWithdrawn).withdrawn(withdrawal))
            }
            ArticleStatus::Expired => Err(ErrorCode::ArticleExpired.into()),
            ArticleStatus::Draft | ArticleStatus::Unpublished => Err(ErrorCode::NotFound.into()),
        }
    });
    page.await
}

pub async fn get_article_cover(
    ctx: &Ctx<perm::Public>,
    key: &str,
    width: Option<u32>,
) -> AppResult<StoredFile> {
    // The key of a cover is the id of its file.
    let id = Uuid::try_parse(key).ok().ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    media::get_media(ctx, id, width).await
}
