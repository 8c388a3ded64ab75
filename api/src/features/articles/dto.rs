use chrono::{DateTime, NaiveDate, Utc};
use entity::article::{self, ArticleStatus};
use entity::article_category;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, trimmed, trimmed_option};

paged_filter! {
    ArticleFilter {
        /// Code of a category.
        #[param(example = "notice")]
        category: String,
    }
}

paged_filter! {
    StaffArticleFilter {
        status: ArticleStatus,
    }
}

/// The whole of an article as an editor writes it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteArticle {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: String,
    /// Taken from the text when absent.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 300), custom(function = "one_line"))]
    pub summary: Option<String>,
    #[validate(length(min = 1, max = 100_000), custom(function = "many_lines"))]
    pub body_markdown: String,
    /// Code of a category.
    #[validate(length(min = 1, max = 40))]
    #[schema(example = "knowledge")]
    pub category: String,
    /// The authority that issued the document.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub issuer: Option<String>,
    /// 文号
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 60), custom(function = "one_line"))]
    pub document_number: Option<String>,
    pub issued_on: Option<NaiveDate>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CoverQuery {
    /// What the picture shows, for those who cannot see it.
    #[param(min_length = 1, max_length = 120)]
    pub alt: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    pub code: String,
    pub name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryList {
    pub items: Vec<CategoryView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleSummary {
    pub id: Uuid,
    pub title: String,
    pub summary: String,
    pub category: String,
    /// Relative to the server.
    pub cover_url: Option<String>,
    pub cover_alt: Option<String>,
    pub issuer: Option<String>,
    pub document_number: Option<String>,
    pub issued_on: Option<NaiveDate>,
    pub published_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleView {
    #[serde(flatten)]
    pub summary: ArticleSummary,
    /// Sanitised.
    pub body_html: String,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffArticleView {
    #[serde(flatten)]
    pub article: ArticleView,
    pub status: ArticleStatus,
    pub body_markdown: String,
    pub author_id: Option<Uuid>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffArticleSummary {
    #[serde(flatten)]
    pub summary: ArticleSummary,
    pub status: ArticleStatus,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl From<article_category::Model> for CategoryView {
    fn from(row: article_category::Model) -> Self {
        Self { code: row.code, name: row.name }
    }
}

impl ArticleSummary {
    pub fn of(row: &article::Model) -> Self {
        Self {
            id: row.id,
            title: row.title.clone(),
            summary: row.summary.clone(),
            category: row.category_code.clone(),
            cover_url: row.cover_key.as_ref().map(|key| format!("/api/v1/covers/{key}")),
            cover_alt: row.cover_alt.clone(),
            issuer: row.issuer.clone(),
            document_number: row.document_number.clone(),
            issued_on: row.issued_on,
            published_at: row.published_at,
        }
    }
}

impl ArticleView {
    pub fn of(row: &article::Model) -> Self {
        Self {
            summary: ArticleSummary::of(row),
            body_html: row.body_html.clone(),
            updated_at: row.updated_at,
        }
    }
}

impl StaffArticleView {
    pub fn of(row: &article::Model) -> Self {
        Self {
            article: ArticleView::of(row),
            status: row.status,
            body_markdown: row.body_markdown.clone(),
            author_id: row.author_id,
            version: row.version,
        }
    }
}

impl StaffArticleSummary {
    pub fn of(row: &article::Model) -> Self {
        Self {
            summary: ArticleSummary::of(row),
            status: row.status,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}
