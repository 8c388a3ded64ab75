use std::borrow::Cow;
use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::complaint::{self, ComplaintDemand, ComplaintStatus};
use entity::complaint_event;
use entity::media_file::{self, MediaType};
use entity::risk_signal::RiskScene;
use entity::text_review::{ReviewReason, ReviewStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::model::{ComplaintAction, Party, allowed_actions};
use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, phone, trimmed, trimmed_option};

/// What Art. 10 asks of a complaint.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitComplaint {
    #[validate(nested)]
    pub complainant: Complainant,
    #[validate(nested)]
    pub respondent: Respondent,
    pub demand: ComplaintDemand,
    /// What happened: time, place, content, dispute.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 10, max = 4000), custom(function = "many_lines"))]
    pub facts: String,
    /// Amount in dispute, in fen (0.01 yuan).
    #[validate(range(min = 0, max = 10_000_000_000_i64))]
    pub amount_fen: Option<i64>,
    pub purchased_on: Option<NaiveDate>,
    /// 是否同意公示投诉信息
    pub is_publishable: bool,
    /// 是否同意委托调解
    pub is_delegable: bool,
    /// Uploaded as `complaint_evidence` and used for nothing else: receipts, pictures of the product.
    #[serde(default)]
    #[validate(length(max = 9), custom(function = "distinct"))]
    #[schema(max_items = 9)]
    pub evidence_media_ids: Vec<Uuid>,
}

fn distinct(ids: &[Uuid]) -> Result<(), ValidationError> {
    if ids.iter().collect::<HashSet<_>>().len() == ids.len() {
        return Ok(());
    }
    Err(ValidationError::new("invalid_format").with_message(Cow::Borrowed("同一文件只能引用一次")))
}

/// Real identity (Art. 10): kept encrypted, shown masked.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Complainant {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 40), custom(function = "one_line"))]
    pub name: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(max = 20), custom(function = "phone"))]
    pub phone: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
}

#[derive(Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Respondent {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 120), custom(function = "one_line"))]
    pub name: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
    /// County, street or township where the respondent does business (Art. 13).
    #[validate(length(max = 9))]
    #[schema(example = "110101")]
    pub region_code: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptComplaint {
    /// Shown to the complainant.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub note: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseComplaint {
    /// 1–7: the ground of Art. 16.
    #[validate(range(min = 1, max = 7))]
    pub ground: i16,
    /// The reason and the other remedies of Art. 39 of the Consumer Protection Law, as Art. 15
    /// demands. Shown to the complainant.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 500), custom(function = "many_lines"))]
    pub note: String,
}

paged_filter! {
    ComplaintFilter {
        status: ComplaintStatus,
    }
}

/// A complaint without the complainant's identity.
#[derive(Serialize, ToSchema)]
pub struct ComplaintSummary {
    pub id: Uuid,
    #[schema(example = "TS20261120-7F3K9QXW")]
    pub number: String,
    pub status: ComplaintStatus,
    pub respondent: Respondent,
    pub demand: ComplaintDemand,
    pub received_at: DateTime<Utc>,
    /// The authority answers by the end of this day (China).
    pub accept_due_on: NaiveDate,
    pub decided_at: Option<DateTime<Utc>>,
    /// Ground of Art. 16 when it was not accepted.
    pub refusal_ground: Option<i16>,
    pub version: i32,
    pub allowed_actions: Vec<ComplaintAction>,
}

#[derive(Serialize, ToSchema)]
pub struct ComplaintView {
    #[serde(flatten)]
    pub summary: ComplaintSummary,
    pub facts: String,
    pub amount_fen: Option<i64>,
    pub purchased_on: Option<NaiveDate>,
    pub is_publishable: bool,
    pub is_delegable: bool,
    /// Masked.
    pub complainant: ComplainantView,
    pub evidence: Vec<EvidenceView>,
    pub timeline: Vec<ComplaintEventView>,
    /// For the handler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<ComplaintChecks>,
}

/// What was found out about the facts and their author before anybody else reads them.
#[derive(Serialize, ToSchema)]
pub struct ComplaintChecks {
    /// The complainant agrees, and the facts have passed the review.
    pub may_be_published: bool,
    pub text_review: Option<ReviewStatus>,
    /// Why the facts did not simply pass.
    pub text_review_reason: Option<ReviewReason>,
    /// Newest first.
    pub risk_signals: Vec<RiskSignalView>,
}

/// WeChat's opinion of the author. A hint: it alone decides nothing (PIPL, Art. 24).
#[derive(Debug, Serialize, ToSchema)]
pub struct RiskSignalView {
    pub scene: RiskScene,
    /// 0 none, 1 and 2 low, 3 medium, 4 high.
    pub rank: i16,
    /// What it means and what it must not be used for.
    pub explanation: &'static str,
    pub at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
pub struct ComplainantView {
    #[schema(example = "王**")]
    pub name: String,
    #[schema(example = "138****8000")]
    pub phone: String,
}

/// Why somebody has to see a complainant's identity.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureReason {
    ContactComplainant,
    VerifyIdentity,
    Mediation,
    TransferCase,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscloseComplainant {
    pub reason: DisclosureReason,
}

/// The complainant in clear.
#[derive(Serialize, ToSchema)]
pub struct ComplainantIdentity {
    pub name: String,
    pub phone: String,
    pub address: String,
    /// If one was given, and while the complaint is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_name: Option<RealNameIdentity>,
}

/// Name and identity number as the complainant gave them for complaints.
#[derive(Serialize, ToSchema)]
pub struct RealNameIdentity {
    pub name: String,
    pub id_number: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceView {
    pub id: Uuid,
    /// Relative to the server; needs the token of who reads this.
    pub url: String,
    pub media_type: MediaType,
    pub bytes: i32,
    /// Of a picture, in pixels.
    pub width: Option<i32>,
    pub height: Option<i32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintEventView {
    pub at: DateTime<Utc>,
    pub status: ComplaintStatus,
    pub note: Option<String>,
}

impl ComplaintSummary {
    pub fn of(row: &complaint::Model, who: Party) -> Self {
        Self {
            id: row.id,
            number: row.number.clone(),
            status: row.status,
            respondent: Respondent {
                name: row.respondent_name.clone(),
                address: row.respondent_address.clone(),
                region_code: row.region_code.clone(),
            },
            demand: row.demand,
            received_at: row.received_at,
            accept_due_on: row.accept_due_on,
            decided_at: row.decided_at,
            refusal_ground: row.refusal_ground,
            version: row.version,
            allowed_actions: allowed_actions(who, row.status),
        }
    }
}

impl EvidenceView {
    pub fn of(row: &media_file::Model, complaint_id: Uuid, who: Party) -> Self {
        let prefix = match who {
            Party::Complainant => "/api/v1/complaints",
            Party::Handler => "/api/v1/staff/complaints",
        };
        Self {
            id: row.id,
            url: format!("{prefix}/{complaint_id}/evidence/{}", row.id),
            media_type: row.media_type,
            bytes: row.bytes,
            width: row.width,
            height: row.height,
        }
    }
}

impl From<complaint_event::Model> for ComplaintEventView {
    fn from(row: complaint_event::Model) -> Self {
        Self { at: row.at, status: row.to_status, note: row.note }
    }
}
