use chrono::{DateTime, NaiveDate, Utc};
use entity::lab_capability::ProductClass;
use entity::question::{Model, QuestionRejection, QuestionStatus};
use entity::text_review::ReviewStatus;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::questions::model::{
    Party, QuestionAction, allowed_actions, is_open, is_overdue,
};

/// One's own question in a list.
#[derive(Serialize, ToSchema)]
pub struct QuestionSummary {
    pub id: Uuid,
    pub status: QuestionStatus,
    pub title: String,
    pub product_class: ProductClass,
    pub region_code: Option<String>,
    pub asked_at: DateTime<Utc>,
    /// Answered by the end of this day (China).
    pub due_on: NaiveDate,
    pub answered_at: Option<DateTime<Utc>>,
    pub allowed_actions: Vec<QuestionAction>,
}

/// One's own question.
#[derive(Serialize, ToSchema)]
pub struct QuestionView {
    #[serde(flatten)]
    pub summary: QuestionSummary,
    pub text: String,
    /// Why it is not answered.
    pub rejection: Option<QuestionRejection>,
    pub answer: Option<String>,
    pub follow_up: Option<String>,
    pub followed_up_at: Option<DateTime<Utc>>,
    pub follow_up_answer: Option<String>,
    pub follow_up_answered_at: Option<DateTime<Utc>>,
    /// From 1 to 5.
    pub rating: Option<i16>,
    /// What everybody reads of it.
    pub faq_id: Option<Uuid>,
}

/// A question as staff see it in a list: without its words, and never with who asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffQuestionSummary {
    pub id: Uuid,
    pub status: QuestionStatus,
    pub product_class: ProductClass,
    pub region_code: Option<String>,
    pub lab_id: Option<Uuid>,
    /// The expert who has it.
    pub assignee_id: Option<Uuid>,
    pub asked_at: DateTime<Utc>,
    /// Since it was asked, or followed up; none when nothing is to be answered.
    pub hours_waiting: Option<i64>,
    /// To be answered by the end of this day (China).
    pub due_on: NaiveDate,
    pub is_overdue: bool,
    pub is_followed_up: bool,
    pub answered_at: Option<DateTime<Utc>>,
    pub rating: Option<i16>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
    pub allowed_actions: Vec<QuestionAction>,
}

#[derive(Serialize, ToSchema)]
pub struct StaffQuestionView {
    #[serde(flatten)]
    pub summary: StaffQuestionSummary,
    pub title: String,
    pub text: String,
    pub rejection: Option<QuestionRejection>,
    pub answer: Option<String>,
    pub answered_by: Option<Uuid>,
    pub follow_up: Option<String>,
    pub follow_up_answer: Option<String>,
    pub follow_up_answered_by: Option<Uuid>,
    /// What the review says of the words that are to be answered: the follow-up, if there is one.
    pub text_review: Option<ReviewStatus>,
    pub faq_id: Option<Uuid>,
}

impl StaffQuestionSummary {
    pub fn of(row: &Model, now: DateTime<Utc>) -> Self {
        let since = row.followed_up_at.unwrap_or(row.asked_at);
        Self {
            id: row.id,
            status: row.status,
            product_class: row.product_class,
            region_code: row.region_code.clone(),
            lab_id: row.lab_id,
            assignee_id: row.assignee_id,
            asked_at: row.asked_at,
            hours_waiting: is_open(row.status).then(|| (now - since).num_hours()),
            due_on: row.due_on,
            is_overdue: is_overdue(row.status, row.due_on, now),
            is_followed_up: row.followed_up_at.is_some(),
            answered_at: row.answered_at,
            rating: row.rating,
            version: row.version,
            allowed_actions: allowed_actions(Party::Staff, row),
        }
    }
}

impl QuestionSummary {
    pub fn of(row: &Model, title: String) -> Self {
        Self {
            id: row.id,
            status: row.status,
            title,
            product_class: row.product_class,
            region_code: row.region_code.clone(),
            asked_at: row.asked_at,
            due_on: row.due_on,
            answered_at: row.answered_at,
            allowed_actions: allowed_actions(Party::Asker, row),
        }
    }
}
