use std::sync::Arc;
use std::time::Duration;

use entity::search_document::DocumentKind;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::synonyms::known_synonyms;
use super::{refused, terms};
use crate::app::App;
use crate::features::search::dto::{FacetCount, Facets, SearchFilter, SearchHit, SearchPage};
use crate::features::search::model::HitIn;
use crate::features::search::queries::{
    self, Asked, COUNTED, Candidates, Found, Narrowing, READ, SORTED,
};
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageCache, PageKey};
use crate::platform::clock::day_begins;
use crate::platform::db::{Cursor, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::search::{Highlighter, Query, Wanted};

const KIND: &str = "search";
const EXCERPT_CHARS: usize = 120;
const FACET_VALUES: usize = 50;

/// Finished answers, apart from other pages: whoever varies their queries drives out nothing else.
struct SearchPages(PageCache);

impl Default for SearchPages {
    fn default() -> Self {
        Self(PageCache::new(Duration::from_secs(2), 8 * 1024 * 1024))
    }
}

/// Has this process forget its finished answers, after a change was committed.
pub fn forget(app: &App) {
    app.shared.get::<SearchPages>().0.forget_kind(KIND);
}

/// Where a page begins: in the hits of a place, after one of them.
#[derive(Clone, Copy)]
struct Start {
    within: HitIn,
    after: Option<Cursor>,
}

pub async fn search_documents(
    ctx: &Ctx<perm::Public>,
    filter: SearchFilter,
) -> AppResult<Arc<CachedPage>> {
    let query = Query::parse(filter.q.as_deref().unwrap_or_default()).map_err(refused)?;
    let narrowing = narrowing(&filter)?;
    let (_, limit) = PageQuery { cursor: None, limit: filter.limit }.parse()?;
    let start = filter.cursor.as_deref().map_or(Some(Start::FIRST), Start::decode);
    let start = start.ok_or_else(|| AppError::new(ErrorCode::InvalidCursor))?;
    let place = filter.cursor.as_deref().unwrap_or_default();
    let key = PageKey::new(KIND, format!("{}\n{narrowing:?}\n{limit}\n{place}", query.key()));
    let pages = ctx.app.shared.get::<SearchPages>();
    let page = pages.0.get(key, async || {
        let synonyms = known_synonyms(&ctx.app).await?;
        let wanted = query.expand(&synonyms);
        let page = find(&ctx.app.db, &wanted, &narrowing, start, limit).await?;
        // Under no filter, and once: what was found at all.
        if filter.cursor.is_none() && narrowing == Narrowing::default() {
            let typed = filter.q.as_deref().unwrap_or_default();
            terms::count(&ctx.app, typed, &query.words(), !page.items.is_empty());
        }
        Ok(page)
    });
    let page = page.await?;
    terms::write_when_due(&ctx.app).await;
    Ok(page)
}

/// The first articles that hold any of the words, in the order of a search: id and title.
///
/// # Errors
/// The database cannot be read.
pub async fn articles_with<'a>(
    app: &App,
    words: impl IntoIterator<Item = &'a str>,
    most: u64,
) -> AppResult<Vec<(Uuid, String)>> {
    let Some(wanted) = Wanted::any(words) else { return Ok(Vec::new()) };
    let narrowing = Narrowing { kind: Some(DocumentKind::Article), ..Narrowing::default() };
    let page = find(&app.db, &wanted, &narrowing, Start::FIRST, most).await?;
    Ok(page.items.into_iter().map(|hit| (hit.id, hit.title)).collect())
}

fn narrowing(filter: &SearchFilter) -> AppResult<Narrowing> {
    let code = |name: &str, code: &Option<String>| {
        let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        match code.as_deref() {
            None | Some("") => Ok(None),
            Some(code) if code.len() <= 40 && code.chars().all(is_code) => {
                Ok(Some(code.to_owned()))
            }
            Some(_) => Err(FieldError::new(name, "invalid_format", "应为代码")),
        }
    };
    let region = filter.region.clone().filter(|code| !code.is_empty());
    let is_region = |code: &String| {
        matches!(code.len(), 2 | 4 | 6 | 9) && code.bytes().all(|b| b.is_ascii_digit())
    };
    if region.as_ref().is_some_and(|code| !is_region(code)) {
        return Err(AppError::new(ErrorCode::UnknownRegion).on_field("region"));
    }
    Ok(Narrowing {
        kind: filter.kind,
        category: code("category", &filter.category)?,
        class: code("class", &filter.class)?,
        audience: code("audience", &filter.audience)?,
        region,
        since: filter.since.map(day_begins),
    })
}

/// One page: the hits of a place, and while there is room, those of the next one.
async fn find(
    conn: &impl ConnectionTrait,
    wanted: &Wanted,
    narrowing: &Narrowing,
    start: Start,
    limit: u64,
) -> AppResult<SearchPage> {
    // One more than fits, to know whether there is a next page.
    let Start { within, after } = start;
    let asked = Asked { wanted, narrowing, within, after, limit: limit + 1 };
    let most = if wanted.phrases.is_empty() { COUNTED } else { READ };
    let (candidates, heads) = tokio::try_join!(
        queries::candidates(conn, wanted, narrowing, most),
        queries::heads(conn, asked),
    )?;
    let looked_at: i64 = candidates.iter().map(|sort| sort.count).sum();
    let are_more_than = |most| u64::try_from(looked_at).is_ok_and(|count| count > most);
    let (is_broad, is_counted) = (are_more_than(SORTED.min(most)), !are_more_than(most));
    let mut found = Vec::new();
    if looked_at > 0 {
        found = queries::hits(conn, asked, heads, is_broad).await?;
    }
    let has_more = found.len() as u64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_cursor = found.last().filter(|_| has_more).map(|(within, hit)| {
        let after = Cursor { at: hit.published_at, id: hit.ref_id };
        format!("{}{}", within.letter(), after.encode())
    });
    let marker = Highlighter::new(wanted);
    let items = found.into_iter().map(|(within, hit)| view(&marker, within, hit)).collect();
    Ok(SearchPage { items, next_cursor, facets: is_counted.then(|| facets(&candidates)) })
}

impl Start {
    const FIRST: Self = Self { within: HitIn::Title, after: None };

    fn decode(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        let within = HitIn::of_letter(chars.next()?)?;
        Some(Self { within, after: Some(Cursor::decode(chars.as_str())?) })
    }
}

fn view(marker: &Highlighter, hit_in: HitIn, hit: Found) -> SearchHit {
    let Found { kind, ref_id, title, tags, body, category, .. } = hit;
    SearchHit {
        kind,
        id: ref_id,
        title_html: marker.mark(&title),
        snippet_html: marker.excerpt(&body, EXCERPT_CHARS),
        title,
        tags: tags.lines().map(str::to_owned).collect(),
        category,
        product_class: hit.product_class,
        region_code: hit.region_code,
        published_at: hit.published_at,
        hit_in,
    }
}

fn facets(candidates: &[Candidates]) -> Facets {
    let count = |value: fn(&Candidates) -> Option<String>| {
        let mut counts: Vec<FacetCount> = Vec::new();
        for sort in candidates.iter().filter(|sort| sort.is_hit == 1) {
            let Some(value) = value(sort) else { continue };
            match counts.iter_mut().find(|known| known.value == value) {
                Some(known) => known.count += sort.count,
                None => counts.push(FacetCount { value, count: sort.count }),
            }
        }
        counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        counts.truncate(FACET_VALUES);
        counts
    };
    Facets {
        kinds: count(|sort| Some(sort.kind.as_str())),
        categories: count(|sort| sort.category.clone()),
        classes: count(|sort| sort.product_class.clone()),
    }
}
