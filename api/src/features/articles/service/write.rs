//! From a request to a revision.

use std::collections::{BTreeSet, HashMap};

use entity::article::{self, ArticleKind, ArticleStage, ArticleStatus, BodyFormat};
use entity::{article_revision, media_file};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::features::articles::dto::WriteArticle;
use crate::features::articles::model::{
    Content, Picture, Rendered, ShownMedia, Size, normalised_standard, referenced_files, render,
    summarise, summarise_text,
};
use crate::features::articles::queries;
use crate::features::labs::service::require_lab_service;
use crate::features::media::service::find_media;
use crate::features::quizzes::service::require_quiz;
use crate::features::regions::service::require_region;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

/// A text and what was made of it.
pub struct Written {
    pub content: Content,
    pub rendered: Rendered,
}

/// What a request says, in one spelling. The cover is set apart.
///
/// # Errors
/// `validation_failed` unless there is exactly one body.
pub fn content(input: WriteArticle, cover: Option<Picture>) -> AppResult<Content> {
    let (body_format, body) = match (input.body_markdown, input.body_html) {
        (Some(body), None) => (BodyFormat::Markdown, body),
        (None, Some(body)) => (BodyFormat::Html, body),
        (None, None) => return Err(FieldError::new("body_markdown", "required", "必填").into()),
        (Some(_), Some(_)) => {
            let message = "正文只能用 Markdown 或 HTML 中的一种";
            return Err(FieldError::new("body_html", "invalid_format", message).into());
        }
    };
    let summary = input.summary.unwrap_or_else(|| match body_format {
        BodyFormat::Markdown => summarise(&body),
        BodyFormat::Html => summarise_text(&render(body_format, &body, &HashMap::new()).text),
    });
    let tags: BTreeSet<String> = input.tags.iter().map(|tag| tag.trim().to_owned()).collect();
    let standards: BTreeSet<String> =
        input.standards.iter().filter_map(|text| normalised_standard(text)).collect();
    let audiences: BTreeSet<_> = input.audiences.into_iter().collect();
    let media = input.media.into_iter();
    Ok(Content {
        title: input.title,
        summary,
        body_format,
        body,
        category: input.category,
        kind: input.kind.unwrap_or(ArticleKind::Article),
        product_class: input.product_class,
        tags: tags.into_iter().collect(),
        standards: standards.into_iter().collect(),
        audiences: audiences.into_iter().collect(),
        region_code: input.region_code,
        source: input.source,
        issuer: input.issuer,
        document_number: input.document_number,
        issued_on: input.issued_on,
        responsible_unit: input.responsible_unit,
        cover,
        media: media.map(|one| Picture { media_id: one.media_id, alt: one.alt }).collect(),
        video_url: input.video_url,
        quiz_id: input.quiz_id,
        service_id: input.service_id,
        expire_at: input.expire_at,
    })
}

/// Checks what a text refers to, and renders it.
///
/// # Errors
/// `unknown_category`, `unknown_region`, `unknown_quiz`, `unknown_lab_service`, `media_unavailable`
pub async fn prepare(conn: &impl ConnectionTrait, content: Content) -> AppResult<Written> {
    require_category(conn, &content.category).await?;
    if let Some(code) = &content.region_code {
        require_region(conn, code, "region_code").await?;
    }
    if let Some(id) = content.quiz_id {
        named(require_quiz(conn, id).await, ErrorCode::UnknownQuiz, "quiz_id")?;
    }
    if let Some(id) = content.service_id {
        let found = require_lab_service(conn, id).await.map(|_| ());
        named(found, ErrorCode::UnknownLabService, "service_id")?;
    }
    // Once without sizes, to learn which files it shows.
    let files = referenced_files(&render(content.body_format, &content.body, &HashMap::new()).html);
    let beside = content.media.iter().chain(&content.cover).map(|one| one.media_id);
    let wanted: BTreeSet<Uuid> = files.into_iter().chain(beside).collect();
    let found = if wanted.is_empty() {
        Vec::new()
    } else {
        find_media(conn, wanted.into_iter().collect()).await?
    };
    let found: HashMap<Uuid, media_file::Model> =
        found.into_iter().map(|file| (file.id, file)).collect();
    let sizes: HashMap<Uuid, Size> =
        found.iter().filter_map(|(id, file)| Some((*id, (file.width?, file.height?)))).collect();
    let mut rendered = render(content.body_format, &content.body, &sizes);
    for (place, one) in content.media.iter().enumerate() {
        let file = found.get(&one.media_id).ok_or_else(|| {
            AppError::new(ErrorCode::MediaUnavailable).on_field(&format!("media[{place}].media_id"))
        })?;
        rendered.media.push(ShownMedia {
            media_id: one.media_id,
            alt: one.alt.clone(),
            media_type: file.media_type.as_str().to_owned(),
            width: file.width,
            height: file.height,
        });
    }
    let cover = content.cover.as_ref();
    rendered.cover_size = cover.and_then(|cover| sizes.get(&cover.media_id).copied());
    Ok(Written { content, rendered })
}

fn named(found: AppResult<()>, code: ErrorCode, field: &str) -> AppResult<()> {
    found.map_err(|error| match error.code() {
        ErrorCode::NotFound => AppError::new(code).on_field(field),
        _ => error,
    })
}

pub async fn require_category(conn: &impl ConnectionTrait, code: &str) -> AppResult<()> {
    if queries::is_category(conn, code).await? {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::UnknownCategory).on_field("category"))
}

fn json_of(value: &impl serde::Serialize) -> AppResult<Value> {
    serde_json::to_value(value).map_err(AppError::internal)
}

/// Writes a text down as a revision. The row of its article follows.
///
/// # Errors
/// The row cannot be written.
pub async fn added_revision(
    tx: &Tx,
    (article_id, number): (Uuid, i32),
    author_id: Option<Uuid>,
    written: &Written,
) -> AppResult<article_revision::Model> {
    let Written { content, rendered } = written;
    let size = rendered.cover_size;
    let row = article_revision::Model {
        id: tx.new_id(),
        article_id,
        number,
        title: content.title.clone(),
        content: json_of(content)?,
        body_html: rendered.html.clone(),
        body_text: rendered.text.clone(),
        reading_minutes: rendered.minutes,
        toc: json_of(&rendered.toc)?,
        media: json_of(&rendered.media)?,
        cover_width: size.map(|(width, _)| width),
        cover_height: size.map(|(_, height)| height),
        author_id,
        created_at: tx.now(),
        digest: content.digest().map_err(AppError::internal)?,
    };
    queries::add_revision(tx, row.clone()).await?;
    Ok(row)
}

/// Puts a revision into the columns that are read.
///
/// # Errors
/// The revision cannot be read.
pub fn wear(row: &mut article::Model, revision: &article_revision::Model) -> AppResult<()> {
    let content = super::written(revision)?;
    row.title = content.title;
    row.summary = content.summary;
    row.body_format = content.body_format;
    row.body_markdown = content.body;
    row.body_html.clone_from(&revision.body_html);
    row.body_text.clone_from(&revision.body_text);
    row.reading_minutes = revision.reading_minutes;
    row.toc = revision.toc.clone();
    row.media = revision.media.clone();
    row.cover_width = revision.cover_width;
    row.cover_height = revision.cover_height;
    row.cover_alt = content.cover.as_ref().map(|cover| cover.alt.clone());
    row.cover_key = content.cover.map(|cover| cover.media_id.to_string());
    row.category_code = content.category;
    row.kind = content.kind;
    row.product_class = content.product_class;
    row.tags = json_of(&content.tags)?;
    row.standards = json_of(&content.standards)?;
    row.audiences = json_of(&content.audiences)?;
    row.region_code = content.region_code;
    row.source = content.source;
    row.issuer = content.issuer;
    row.document_number = content.document_number;
    row.issued_on = content.issued_on;
    row.responsible_unit = content.responsible_unit;
    row.video_url = content.video_url;
    row.quiz_id = content.quiz_id;
    row.service_id = content.service_id;
    row.expire_at = content.expire_at;
    Ok(())
}

/// Begins an article with its first revision; nobody but staff can see it. Both rows are written.
///
/// # Errors
/// The rows cannot be written.
pub async fn first_row(
    tx: &Tx,
    author_id: Option<Uuid>,
    import_key: Option<String>,
    written: &Written,
) -> AppResult<(article::Model, article_revision::Model)> {
    let (id, now) = (tx.new_id(), tx.now());
    let mut row = article::Model {
        id,
        status: ArticleStatus::Draft,
        title: String::new(),
        summary: String::new(),
        body_markdown: String::new(),
        body_html: String::new(),
        category_code: written.content.category.clone(),
        cover_key: None,
        cover_alt: None,
        issuer: None,
        document_number: None,
        issued_on: None,
        import_key,
        author_id,
        published_at: None,
        created_at: now,
        updated_at: now,
        version: 0,
        kind: ArticleKind::Article,
        body_format: BodyFormat::Markdown,
        body_text: String::new(),
        reading_minutes: 1,
        toc: json!([]),
        media: json!([]),
        cover_width: None,
        cover_height: None,
        video_url: None,
        product_class: None,
        tags: json!([]),
        standards: json!([]),
        audiences: json!([]),
        region_code: None,
        source: None,
        responsible_unit: None,
        quiz_id: None,
        service_id: None,
        expire_at: None,
        stage: ArticleStage::Draft,
        state_seq: 0,
        latest_revision_id: None,
        live_revision_id: None,
        published_number: 0,
        publish_at: None,
        scheduled_by: None,
        schedule_note: None,
        schedule_error: None,
        corrected_at: None,
        changed_at: None,
        withdrawn_at: None,
        notice: None,
        updated_by: author_id,
    };
    // The revision refers to the article, which is saved once more with the revision in it.
    queries::insert(tx, row.clone()).await?;
    let revision = added_revision(tx, (id, 1), author_id, written).await?;
    row.latest_revision_id = Some(revision.id);
    wear(&mut row, &revision)?;
    if !queries::save(tx, &row, 0).await? {
        return Err(AppError::internal("an article of this transaction is gone"));
    }
    Ok((row, revision))
}
