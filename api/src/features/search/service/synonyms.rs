use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use entity::search_synonym;
use moka::future::Cache;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::features::search::dto::{SynonymsView, WriteSynonyms};
use crate::features::search::model::known_by;
use crate::features::search::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery, Tx, unique_violation};
use crate::platform::http::text::one_line;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};
use crate::platform::search::Synonyms;

const ONE: &str = "search_synonyms";
const MOST_GROUPS: u64 = 500;
const MOST_CHARS: usize = 40;

/// What all searches expand by, read again after two seconds, as pages are.
struct Known(Cache<(), Arc<Synonyms>>);

impl Default for Known {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(1).time_to_live(Duration::from_secs(2)).build())
    }
}

pub(super) async fn known_synonyms(app: &App) -> AppResult<Arc<Synonyms>> {
    let known = app.shared.get::<Known>();
    let read = known.0.try_get_with((), async {
        let rows = queries::all_words(&app.db).await?;
        let groups = rows.chunk_by(|a, b| a.synonym_id == b.synonym_id);
        let groups = groups.map(|group| group.iter().map(|row| row.word.as_str()).collect());
        Ok(Arc::new(Synonyms::of(groups)))
    });
    read.await.map_err(|error: Arc<AppError>| error.again())
}

async fn forget(app: &App) {
    app.shared.get::<Known>().0.invalidate(&()).await;
    super::forget(app);
}

pub async fn list_synonyms(
    ctx: &Ctx<perm::SearchRead>,
    page: PageQuery,
) -> AppResult<Page<SynonymsView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::synonyms_page(&ctx.app.db, cursor, limit).await?;
    let ids = rows.iter().map(|row| row.id).collect();
    let mut words: HashMap<Uuid, Vec<String>> = HashMap::new();
    for word in queries::words_of(&ctx.app.db, ids).await? {
        words.entry(word.synonym_id).or_default().push(word.word);
    }
    let key = |row: &search_synonym::Model| (row.created_at, row.id);
    let view = |row: search_synonym::Model| {
        let words = words.remove(&row.id).unwrap_or_default();
        view(row, words)
    };
    Ok(Page::build(rows, limit, key, view))
}

fn view(row: search_synonym::Model, words: Vec<String>) -> SynonymsView {
    let search_synonym::Model { id, created_at, updated_at, version } = row;
    SynonymsView { id, words, created_at, updated_at, version }
}

pub async fn create_synonyms(
    ctx: &Ctx<perm::SearchManage>,
    input: WriteSynonyms,
) -> AppResult<SynonymsView> {
    let words = parse(input)?;
    let tx = ctx.begin().await?;
    if queries::count_groups(&tx).await? >= MOST_GROUPS {
        return Err(ErrorCode::TooManySynonyms.into());
    }
    let row = search_synonym::Model {
        id: tx.new_id(),
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 0,
    };
    queries::insert_synonyms(&tx, row.clone()).await?;
    write_words(&tx, row.id, &words).await?;
    tx.audit("search_synonyms.create", ONE, row.id, Some(details(&words))).await?;
    tx.commit().await?;
    forget(&ctx.app).await;
    Ok(view(row, as_written(words)))
}

pub async fn update_synonyms(
    ctx: &Ctx<perm::SearchManage>,
    id: Uuid,
    version: i32,
    input: WriteSynonyms,
) -> AppResult<SynonymsView> {
    let words = parse(input)?;
    let tx = ctx.begin().await?;
    load(&tx, id).await?;
    if !queries::raise_version(&tx, id, version, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    write_words(&tx, id, &words).await?;
    let row = load(&tx, id).await?;
    tx.audit("search_synonyms.update", ONE, id, Some(details(&words))).await?;
    tx.commit().await?;
    forget(&ctx.app).await;
    Ok(view(row, as_written(words)))
}

pub async fn delete_synonyms(ctx: &Ctx<perm::SearchManage>, id: Uuid) -> AppResult<()> {
    let tx = ctx.begin().await?;
    if !queries::delete_synonyms(&tx, id).await? {
        return Err(ErrorCode::NotFound.into());
    }
    tx.audit("search_synonyms.delete", ONE, id, None).await?;
    tx.commit().await?;
    forget(&ctx.app).await;
    Ok(())
}

async fn load(conn: &impl ConnectionTrait, id: Uuid) -> AppResult<search_synonym::Model> {
    queries::by_id(conn, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

async fn write_words(tx: &Tx, id: Uuid, words: &[(String, String)]) -> AppResult<()> {
    match queries::replace_words(tx, id, words.iter().cloned()).await {
        Err(cause) if unique_violation(&cause) => Err(ErrorCode::SynonymTaken.into()),
        done => Ok(done?),
    }
}

/// One spelling and as written, each spelling once.
fn parse(input: WriteSynonyms) -> AppResult<Vec<(String, String)>> {
    let mut words: Vec<(String, String)> = Vec::new();
    let mut wrong = Vec::new();
    for (index, word) in input.words.iter().enumerate() {
        let word = word.trim();
        let plain = known_by(word);
        let count = word.chars().count();
        if plain.is_empty() || count > MOST_CHARS || one_line(word).is_err() {
            let path = format!("words[{index}]");
            wrong.push(FieldError::new(&path, "invalid_format", "应为 1 至 40 个字的词语"));
        } else if words.iter().all(|(known, _)| *known != plain) {
            words.push((plain, word.to_owned()));
        }
    }
    if wrong.is_empty() && words.len() < 2 {
        wrong.push(FieldError::new("words", "too_few", "至少应有两个不同的词语"));
    }
    if wrong.is_empty() { Ok(words) } else { Err(AppError::fields(wrong)) }
}

fn as_written(words: Vec<(String, String)>) -> Vec<String> {
    words.into_iter().map(|(_, word)| word).collect()
}

fn details(words: &[(String, String)]) -> serde_json::Value {
    json!({ "words": words.len() })
}
