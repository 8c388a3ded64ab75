//! `sanjin import articles DIR`: Markdown files with front matter become published articles.
//!
//! Every file is read and checked before anything is written, and all are written in one
//! transaction. A text is known again by its document number, or by its file name without one, so
//! that importing twice updates and never doubles.

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use entity::article::{self, ArticleStage, ArticleStatus};
use entity::article_step::ArticleStep;
use gray_matter::engine::YAML;
use gray_matter::{Matter, ParsedEntity};
use serde::Deserialize;
use uuid::Uuid;
use validator::Validate as _;

use super::dto::WriteArticle;
use super::model::{Content, Picture};
use super::queries;
use super::service::{
    Told, added_revision, content, examine_cover, first_row, forget, keep_cover, latest,
    prepare as check, put_live, store, store_first, wear, written,
};
use crate::app::App;
use crate::platform::content::Examined;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult};

const DEFAULT_CATEGORY: &str = "notice";
const ACTION: &str = "article.import";
/// What everybody reads beside a text that was imported again.
const NOTE: &str = "已按原文更新。";

/// The head of a file between two lines `---`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    summary: Option<String>,
    category: Option<String>,
    issuer: Option<String>,
    document_number: Option<String>,
    issued_on: Option<NaiveDate>,
    source: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    standards: Vec<String>,
    /// A picture beside the file.
    cover: Option<PathBuf>,
    cover_alt: Option<String>,
}

struct Prepared {
    import_key: String,
    content: Content,
    cover: Option<(Examined, String)>,
}

/// What was done, file by file.
#[derive(Debug, Default)]
pub struct ImportReport {
    pub created: Vec<String>,
    pub updated: Vec<String>,
    pub unchanged: Vec<String>,
}

/// What is wrong, file by file. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub struct ImportError(pub Vec<(PathBuf, String)>);

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, reason) in &self.0 {
            writeln!(f, "{}: {reason}", path.display())?;
        }
        f.write_str("nothing was imported")
    }
}

/// A Markdown text with front matter, and where it comes from.
#[derive(Debug)]
pub struct Document {
    pub path: PathBuf,
    pub text: String,
}

impl Document {
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// Imports the `.md` files of a folder.
///
/// # Errors
/// Every file that cannot be imported, with its reason; or the database's.
pub async fn import_articles(
    app: &App,
    folder: &Path,
) -> AppResult<Result<ImportReport, ImportError>> {
    let mut documents = Vec::new();
    let mut wrong = Vec::new();
    for path in markdown_files(folder)? {
        match std::fs::read_to_string(&path) {
            Ok(text) => documents.push(Document { path, text }),
            Err(cause) => wrong.push((path, cause.to_string())),
        }
    }
    if documents.is_empty() && wrong.is_empty() {
        wrong.push((folder.to_owned(), "holds no .md file".to_owned()));
    }
    if wrong.is_empty() {
        import_documents(app, documents).await
    } else {
        Ok(Err(ImportError(wrong)))
    }
}

/// Imports texts that are at hand.
///
/// # Errors
/// Every text that cannot be imported, with its reason; or the database's.
pub async fn import_documents(
    app: &App,
    documents: Vec<Document>,
) -> AppResult<Result<ImportReport, ImportError>> {
    let mut prepared: Vec<Prepared> = Vec::new();
    let mut wrong = Vec::new();
    for document in documents {
        match prepare(app, &document).await {
            Ok(one) if prepared.iter().any(|other| other.import_key == one.import_key) => {
                let reason = format!("is the same document as another file: {}", one.import_key);
                wrong.push((document.path, reason));
            }
            Ok(one) => prepared.push(one),
            Err(reason) => wrong.push((document.path, reason)),
        }
    }
    if !wrong.is_empty() {
        return Ok(Err(ImportError(wrong)));
    }
    let mut report = ImportReport::default();
    let mut changed = Vec::new();
    // Files first: a picture without an article is waste, an article without its picture is a fault.
    let mut covers = Vec::with_capacity(prepared.len());
    for one in &mut prepared {
        covers.push(match one.cover.take() {
            Some((image, alt)) => {
                let media_id = keep_cover(app, AuditActor::System, &image).await?;
                Some(Picture { media_id, alt })
            }
            None => None,
        });
    }
    let mut tx = app.begin(AuditActor::System).await?;
    for (one, cover) in prepared.into_iter().zip(covers) {
        let title = one.content.title.clone();
        let (list, id) = match Box::pin(write(app, &mut tx, one, cover)).await? {
            Outcome::Created(id) => (&mut report.created, Some(id)),
            Outcome::Updated(id) => (&mut report.updated, Some(id)),
            Outcome::Unchanged => (&mut report.unchanged, None),
        };
        list.push(title);
        changed.extend(id);
    }
    tx.commit().await?;
    for id in changed {
        forget(app, id).await;
    }
    Ok(Ok(report))
}

fn markdown_files(folder: &Path) -> AppResult<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .map_err(|cause| AppError::internal(format!("{}: {cause}", folder.display())))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    files.sort();
    Ok(files)
}

async fn prepare(app: &App, document: &Document) -> Result<Prepared, String> {
    let path = &document.path;
    let parsed: ParsedEntity<FrontMatter> = Matter::<YAML>::new()
        .parse(&document.text)
        .map_err(|cause| format!("front matter: {cause}"))?;
    let head = parsed.data.ok_or("has no front matter between two lines ---")?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let import_key = head.document_number.clone().unwrap_or(stem);
    let cover = match head.cover {
        None => None,
        Some(file) => {
            let alt = head.cover_alt.ok_or("a cover needs cover_alt")?;
            let beside = path.parent().unwrap_or(Path::new(".")).join(&file);
            let image = std::fs::read(&beside)
                .map_err(|cause| format!("cover {}: {cause}", file.display()))?;
            let image = examine_cover(app, image.into()).await;
            Some((image.map_err(|error| format!("cover {}: {error}", file.display()))?, alt))
        }
    };
    let input = WriteArticle {
        title: head.title.trim().to_owned(),
        summary: head.summary,
        body_markdown: Some(parsed.content),
        body_html: None,
        category: head.category.unwrap_or_else(|| DEFAULT_CATEGORY.to_owned()),
        kind: None,
        product_class: None,
        tags: head.tags,
        standards: head.standards,
        audiences: Vec::new(),
        region_code: None,
        source: head.source,
        issuer: head.issuer,
        document_number: head.document_number,
        issued_on: head.issued_on,
        responsible_unit: None,
        media: Vec::new(),
        video_url: None,
        quiz_id: None,
        service_id: None,
        expire_at: None,
    };
    input.validate().map_err(|errors| errors.to_string())?;
    let content = content(input, None).map_err(|error| format!("{error:?}"))?;
    let written = check(&app.db, content).await.map_err(|error| format!("{error:?}"))?;
    let lacks = written.content.lacks(&written.rendered);
    match lacks.first() {
        Some(lack) => Err(format!("{}: {}", lack.path, lack.message)),
        None => Ok(Prepared { import_key, content: written.content, cover }),
    }
}

enum Outcome {
    Created(Uuid),
    Updated(Uuid),
    Unchanged,
}

async fn write(
    app: &App,
    tx: &mut Tx,
    one: Prepared,
    cover: Option<Picture>,
) -> AppResult<Outcome> {
    let Prepared { import_key, mut content, .. } = one;
    match queries::by_import_key(tx, &import_key).await? {
        None => {
            content.cover = cover;
            Ok(Outcome::Created(create(app, tx, import_key, content).await?))
        }
        Some(known) => update(app, tx, known, (content, cover)).await,
    }
}

async fn create(app: &App, tx: &mut Tx, import_key: String, content: Content) -> AppResult<Uuid> {
    let written = check(tx, content).await?;
    let (mut row, revision) = first_row(tx, None, Some(import_key), &written).await?;
    (row.status, row.stage) = (ArticleStatus::Published, ArticleStage::Done);
    put_live(tx, &mut row, &revision, false).await?;
    if !queries::save(tx, &row, 0).await? {
        return Err(AppError::internal("an article of this transaction is gone"));
    }
    let told = Told {
        action: ACTION,
        step: ArticleStep::Published,
        by: None,
        revision: &revision,
        note: None,
    };
    Ok(store_first(app, tx, row, told).await?.id)
}

/// A new revision, public at once where the article is. What was on its way is superseded.
async fn update(
    app: &App,
    tx: &mut Tx,
    known: article::Model,
    (mut content, cover): (Content, Option<Picture>),
) -> AppResult<Outcome> {
    // Withdrawn is for good.
    if known.status == ArticleStatus::Withdrawn {
        return Ok(Outcome::Unchanged);
    }
    let last = latest(tx, &known).await?;
    let is_new_cover = cover.is_some();
    content.cover = match cover {
        Some(cover) => Some(cover),
        None => written(&last)?.cover,
    };
    let text = check(tx, content).await?;
    let digest = text.content.digest().map_err(AppError::internal)?;
    if !is_new_cover && digest == last.digest && text.rendered.html == last.body_html {
        return Ok(Outcome::Unchanged);
    }
    let number = queries::next_number(tx, known.id).await?;
    let revision = added_revision(tx, (known.id, number), None, &text).await?;
    queries::cancel_review(tx, known.id, tx.now()).await?;
    let mut row = known.clone();
    row.latest_revision_id = Some(revision.id);
    let is_public = known.status == ArticleStatus::Published;
    if is_public {
        row.stage = ArticleStage::Done;
        put_live(tx, &mut row, &revision, true).await?;
    } else {
        row.stage = ArticleStage::Draft;
        if row.status == ArticleStatus::Draft {
            wear(&mut row, &revision)?;
        }
    }
    let step = if is_public { ArticleStep::Corrected } else { ArticleStep::Written };
    let note = is_public.then(|| NOTE.to_owned());
    let told = Told { action: ACTION, step, by: None, revision: &revision, note };
    Ok(Outcome::Updated(store(app, tx, &known, row, told).await?.id))
}
