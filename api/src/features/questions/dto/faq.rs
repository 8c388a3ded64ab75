use chrono::{DateTime, Utc};
use entity::faq::{FaqStatus, FaqWithdrawal, Model};
use entity::lab_capability::ProductClass;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, trimmed};

/// An entry written anew: nothing in it tells who asked.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishFaq {
    pub question_id: Uuid,
    pub product_class: ProductClass,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 60), custom(function = "one_line"))]
    pub title: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 1000), custom(function = "many_lines"))]
    pub question: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 4000), custom(function = "many_lines"))]
    pub answer: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectFaq {
    pub product_class: ProductClass,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 60), custom(function = "one_line"))]
    pub title: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 1000), custom(function = "many_lines"))]
    pub question: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 4000), custom(function = "many_lines"))]
    pub answer: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawFaq {
    pub reason: FaqWithdrawal,
}

paged_filter! {
    FaqFilter {
        product_class: ProductClass,
    }
}

paged_filter! {
    StaffFaqFilter {
        status: FaqStatus,
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FaqSummary {
    pub id: Uuid,
    pub product_class: ProductClass,
    pub title: String,
    pub published_at: DateTime<Utc>,
    pub corrected_at: Option<DateTime<Utc>>,
}

/// A question and its answer; plain text, with line breaks.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqView {
    #[serde(flatten)]
    pub summary: FaqSummary,
    pub question: String,
    pub answer: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffFaqView {
    #[serde(flatten)]
    pub faq: FaqView,
    pub status: FaqStatus,
    /// None once the one who asked has left.
    pub question_id: Option<Uuid>,
    pub published_by: Uuid,
    pub withdrawal: Option<FaqWithdrawal>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
}

impl FaqSummary {
    pub fn of(row: &Model) -> Self {
        Self {
            id: row.id,
            product_class: row.product_class,
            title: row.title.clone(),
            published_at: row.published_at,
            corrected_at: row.corrected_at,
        }
    }
}

impl FaqView {
    pub fn of(row: &Model) -> Self {
        Self {
            summary: FaqSummary::of(row),
            question: row.question.clone(),
            answer: row.answer.clone(),
        }
    }
}

impl StaffFaqView {
    pub fn of(row: &Model) -> Self {
        Self {
            faq: FaqView::of(row),
            status: row.status,
            question_id: row.question_id,
            published_by: row.published_by,
            withdrawal: row.withdrawal,
            withdrawn_at: row.withdrawn_at,
            version: row.version,
        }
    }
}
