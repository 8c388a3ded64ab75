use chrono::{DateTime, Utc};
use entity::text_review::{Model, RejectionGround, ReviewReason, ReviewStatus, TextKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOutcome {
    Passed,
    Rejected,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideTextReview {
    pub outcome: ReviewOutcome,
    /// Required with `rejected`, and only there.
    pub ground: Option<RejectionGround>,
}

/// A text that waits for a person, without the text.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextReviewSummary {
    pub id: Uuid,
    pub kind: TextKind,
    /// The complaint or question that holds the text.
    pub subject_id: Uuid,
    /// `rejected` by WeChat, to be confirmed or set right; or `needs_human`.
    pub status: ReviewStatus,
    pub reason: Option<ReviewReason>,
    /// WeChat's number of what it found: 10001 advertising, 20001 politics, 20002 pornography, 20003
    /// abuse, 20006 crime, 20008 fraud, 20012 vulgarity, 20013 copyright, 21000 other.
    pub label: Option<i32>,
    pub region_code: Option<String>,
    pub submitted_at: DateTime<Utc>,
    pub queued_at: Option<DateTime<Utc>>,
    /// Somebody has it until then.
    pub claimed_until: Option<DateTime<Utc>>,
    /// And that is the one who asks.
    pub is_mine: bool,
    pub decided_at: Option<DateTime<Utc>>,
    pub ground: Option<RejectionGround>,
}

/// A claimed text.
#[derive(Serialize, ToSchema)]
pub struct TextReviewView {
    #[serde(flatten)]
    pub summary: TextReviewSummary,
    pub text: String,
}

impl TextReviewSummary {
    pub fn of(row: Model, reader: Uuid, now: DateTime<Utc>) -> Self {
        let claimed_until = row.claimed_until.filter(|until| *until > now);
        Self {
            id: row.id,
            kind: row.kind,
            subject_id: row.subject_id,
            status: row.status,
            reason: row.reason,
            label: row.label,
            region_code: row.region_code,
            submitted_at: row.submitted_at,
            queued_at: row.queued_at,
            is_mine: claimed_until.is_some() && row.claimed_by == Some(reader),
            claimed_until,
            decided_at: row.decided_at,
            ground: row.ground,
        }
    }
}
