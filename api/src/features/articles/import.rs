//! `sanjin import articles DIR`: Markdown files with front matter become published articles.
//!
//! Every file is read and checked before anything is written, and all are written in one
//! transaction. A text is known again by its document number, or by its file name without one, so
//! that importing twice updates and never doubles.

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use entity::article::{self, ArticleStatus};
use gray_matter::engine::YAML;
use gray_matter::{Matter, ParsedEntity};
use sea_orm::Set;
use serde::Deserialize;
use uuid::Uuid;

use super::dto::WriteArticle;
use super::queries::{self, Content};
use super::service::{
    content, draft, examine_cover, forget, hold_files, keep_cover, require_category, validate,
};
use crate::app::App;
use crate::platform::content::Examined;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult};

const DEFAULT_CATEGORY: &str = "notice";

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
            Some((image, alt)) => Some((keep_cover(app, AuditActor::System, &image).await?, alt)),
            None => None,
        });
    }
    let tx = app.begin(AuditActor::System).await?;
    for (one, cover) in prepared.into_iter().zip(covers) {
        let title = one.content.title.clone();
        let (list, id) = match write(app, &tx, one, cover).await? {
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
        body_markdown: parsed.content,
        category: head.category.unwrap_or_else(|| DEFAULT_CATEGORY.to_owned()),
        issuer: head.issuer,
        document_number: head.document_number,
        issued_on: head.issued_on,
    };
    validate(&input).map_err(|error| format!("{error:?}"))?;
    require_category(&app.db, &input.category).await.map_err(|error| format!("{error:?}"))?;
    Ok(Prepared { import_key, content: content(input), cover })
}

enum Outcome {
    Created(Uuid),
    Updated(Uuid),
    Unchanged,
}

async fn write(
    app: &App,
    tx: &Tx,
    one: Prepared,
    cover: Option<(String, String)>,
) -> AppResult<Outcome> {
    let now = tx.now();
    let Some(known) = queries::by_import_key(tx, &one.import_key).await? else {
        let (cover_key, cover_alt) = cover.unzip();
        let row = article::ActiveModel {
            status: Set(ArticleStatus::Published),
            published_at: Set(Some(now)),
            import_key: Set(Some(one.import_key)),
            cover_key: Set(cover_key),
            cover_alt: Set(cover_alt),
            ..draft(tx, one.content, None)
        };
        let row = queries::insert(tx, row).await?;
        hold_files(app, tx, &row).await?;
        tx.audit_change("article.import", "article", row.id, &(), &row, None).await?;
        return Ok(Outcome::Created(row.id));
    };
    if cover.is_none() && is_same(&known, &one.content) {
        return Ok(Outcome::Unchanged);
    }
    let stale = || AppError::internal("an article changed while it was imported");
    if !queries::update_content(tx, known.id, known.version, one.content, now).await? {
        return Err(stale());
    }
    if let Some((key, alt)) = cover
        && !queries::update_cover(tx, known.id, known.version + 1, &key, &alt, now).await?
    {
        return Err(stale());
    }
    let row = queries::by_id(tx, known.id).await?.ok_or_else(stale)?;
    hold_files(app, tx, &row).await?;
    tx.audit_change("article.import", "article", known.id, &known, &row, None).await?;
    Ok(Outcome::Updated(known.id))
}

fn is_same(row: &article::Model, content: &Content) -> bool {
    row.title == content.title
        && row.summary == content.summary
        && row.body_markdown == content.body_markdown
        && row.body_html == content.body_html
        && row.category_code == content.category_code
        && row.issuer == content.issuer
        && row.document_number == content.document_number
        && row.issued_on == content.issued_on
}
