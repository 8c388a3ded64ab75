use chrono::{DateTime, Utc};
use entity::quiz::{self, QuizStatus};
use entity::quiz_attempt::AttemptStatus;
use entity::quiz_item::ItemKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ObjectBuilder, Type};
use uuid::Uuid;
use validator::Validate;

use crate::platform::http::text::{many_lines, one_line, trimmed};

/// A whole quiz with its questions and key.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteQuiz {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    pub title: String,
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub description: String,
    /// Per person; absent is unlimited.
    #[validate(range(min = 1, max = 1000))]
    pub attempts_allowed: Option<i32>,
    /// Per attempt; absent is untimed.
    #[validate(range(min = 30, max = 14400))]
    pub time_limit_secs: Option<i32>,
    #[validate(length(min = 1, max = 100), nested)]
    pub items: Vec<WriteItem>,
}

#[derive(Clone, Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteItem {
    pub kind: ItemKind,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 500), custom(function = "many_lines"))]
    pub stem: String,
    /// Shown when the attempt is closed.
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 1000), custom(function = "many_lines"))]
    pub explanation: String,
    #[validate(range(min = 1, max = 100))]
    pub points: i32,
    #[validate(length(min = 2, max = 8), nested)]
    pub options: Vec<WriteOption>,
}

#[derive(Clone, Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteOption {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub text: String,
    #[serde(default)]
    pub is_correct: bool,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerItem {
    /// Ids of the chosen options; one, or for a multiple item at least one.
    #[validate(length(min = 1, max = 8), custom(function = "super::model::short_ids"))]
    #[schema(schema_with = option_ids)]
    pub choices: Vec<String>,
    /// Raised by the client with each change of this answer.
    #[validate(range(min = 1, max = 1_000_000))]
    pub seq: i32,
}

/// Ids, not text: what a child may send.
fn option_ids() -> Array {
    let id = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9A-Za-z]{1,16}$"));
    Array::new(id)
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuizView {
    pub id: Uuid,
    pub title: String,
    pub description: String,
    pub attempts_allowed: Option<i32>,
    pub time_limit_secs: Option<i32>,
    pub published_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffQuizSummary {
    #[serde(flatten)]
    pub quiz: QuizView,
    pub status: QuizStatus,
    pub created_at: DateTime<Utc>,
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffQuizView {
    #[serde(flatten)]
    pub summary: StaffQuizSummary,
    pub items: Vec<WriteItem>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    pub id: Uuid,
    pub quiz_id: Uuid,
    pub status: AttemptStatus,
    pub started_at: DateTime<Utc>,
    /// Answers that arrive later do not count; absent when untimed.
    pub deadline_at: Option<DateTime<Utc>>,
    pub items: Vec<AttemptItemView>,
    /// Present once the attempt is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<AttemptResult>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptItemView {
    pub id: Uuid,
    pub kind: ItemKind,
    pub stem: String,
    pub points: i32,
    pub options: Vec<AttemptOptionView>,
    /// What has been chosen so far.
    pub choices: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptOptionView {
    /// Meaningful inside this attempt only.
    pub id: String,
    pub text: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptResult {
    pub points: i32,
    pub max_points: i32,
    pub submitted_at: Option<DateTime<Utc>>,
    pub items: Vec<ItemResult>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ItemResult {
    pub id: Uuid,
    pub is_correct: bool,
    pub points: i32,
    /// The key.
    pub correct: Vec<String>,
    pub explanation: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerView {
    pub item_id: Uuid,
    pub choices: Vec<String>,
    pub seq: i32,
}

impl From<quiz::Model> for QuizView {
    fn from(row: quiz::Model) -> Self {
        Self {
            id: row.id,
            title: row.title,
            description: row.description,
            attempts_allowed: row.attempts_allowed,
            time_limit_secs: row.time_limit_secs,
            published_at: row.published_at,
        }
    }
}

impl From<quiz::Model> for StaffQuizSummary {
    fn from(row: quiz::Model) -> Self {
        let (status, created_at, version) = (row.status, row.created_at, row.version);
        Self { quiz: row.into(), status, created_at, version }
    }
}
