use chrono::{DateTime, NaiveDate, Utc};
use entity::search_document::DocumentKind;
use entity::search_term;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::HitIn;
use crate::paged_filter;

paged_filter! {
    SearchFilter {
        /// What to look for, 1–100 characters: words, all of which are wanted; a "phrase" in
        /// quotation marks is meant literally. Nothing else is an operator.
        #[param(max_length = 400, example = "儿童安全座椅 3C")]
        q: String,
        kind: DocumentKind,
        /// Code of a category.
        #[param(max_length = 40)]
        category: String,
        /// Code of a class of products.
        #[param(max_length = 40)]
        class: String,
        /// Code of an audience: what is for them or for everybody.
        #[param(max_length = 40)]
        audience: String,
        /// Code of a region: what is about it, about a part of it, or about all around it.
        #[param(max_length = 9)]
        region: String,
        /// Published on this day in China or later.
        since: NaiveDate,
    }
}

paged_filter! {
    SearchMissFilter {
        /// Searched at least so often.
        #[param(minimum = 1)]
        least: i64,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuggestionFilter {
    /// The beginning; without it, what is popular.
    #[param(max_length = 400)]
    pub q: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    pub kind: DocumentKind,
    /// Of the article, the bulletin or the question.
    pub id: Uuid,
    pub title: String,
    /// The title as HTML: text, and `<mark>` around what was found.
    pub title_html: String,
    /// An excerpt as HTML: text, and `<mark>` around what was found.
    pub snippet_html: String,
    pub tags: Vec<String>,
    pub category: Option<String>,
    pub product_class: Option<String>,
    pub region_code: Option<String>,
    pub published_at: DateTime<Utc>,
    /// The narrowest place that holds all that was asked for.
    pub hit_in: HitIn,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FacetCount {
    pub value: String,
    pub count: i64,
}

/// How many of all that was found, under the same filters; most frequent first, at most 50 each.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Facets {
    pub kinds: Vec<FacetCount>,
    pub categories: Vec<FacetCount>,
    pub classes: Vec<FacetCount>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SearchPage {
    pub items: Vec<SearchHit>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Absent when so much was found that counting would take longer than finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<Facets>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// Search for it.
    Tag,
    /// Go there.
    Title,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionView {
    pub kind: SuggestionKind,
    pub text: String,
    /// What the title is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_kind: Option<DocumentKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionList {
    pub items: Vec<SuggestionView>,
}

/// A group of words that mean the same.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteSynonyms {
    /// 2–20, each of at most 40 characters.
    #[validate(length(min = 2, max = 20))]
    #[schema(example = json!(["电动车", "电动自行车"]))]
    pub words: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SynonymsView {
    pub id: Uuid,
    pub words: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
}

/// What people looked for in vain.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchMissView {
    pub id: Uuid,
    /// In one spelling.
    pub term: String,
    pub count: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

impl From<search_term::Model> for SearchMissView {
    fn from(row: search_term::Model) -> Self {
        let search_term::Model { id, plain, count, first_at, last_at, .. } = row;
        Self { id, term: plain, count, first_at, last_at }
    }
}
