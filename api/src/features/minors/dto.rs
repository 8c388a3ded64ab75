use chrono::{DateTime, Utc};
use entity::account::AgeBand;
use entity::consent::ConsentChannel;
use entity::guardian_consent::{self, GuardianRelation, GuardianStatement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::platform::auth::Standing;
use crate::platform::consent::ClientChannel;

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclareAgeBand {
    pub band: AgeBand,
    /// Year and month of the 18th birthday (teen, required) or of the 14th (child, optional): not a
    /// birth date, only when to ask again.
    #[validate(length(equal = 7))]
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$", example = "2031-05")]
    pub turns_next_in: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AgeBandView {
    pub account_id: Uuid,
    pub band: Option<AgeBand>,
    pub standing: Standing,
    pub is_age_review_due: bool,
}

/// For the guardian to enter in their own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationView {
    /// Shown once.
    #[schema(example = "7F3K9QXW")]
    pub code: String,
    pub expires_at: DateTime<Utc>,
}

/// A guardian's consent for a child under 14.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmWard {
    /// From the child's account.
    #[validate(length(min = 1, max = 16))]
    #[schema(max_length = 16, example = "7F3K9QXW")]
    pub code: String,
    pub relation: GuardianRelation,
    /// Of the children's notice that was read: the current one.
    #[validate(length(min = 1, max = 32))]
    #[schema(max_length = 32, example = "children-1")]
    pub version: String,
    /// All seven statements of the notice, each ticked by itself.
    #[validate(length(max = 7))]
    pub statements: Vec<GuardianStatement>,
    /// Year and month of the child's 14th birthday.
    #[validate(length(equal = 7))]
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$", example = "2031-05")]
    pub turns_next_in: String,
    #[serde(default)]
    pub channel: ClientChannel,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawGuardianConsent {
    #[serde(default)]
    pub channel: ClientChannel,
}

/// A child for whom one's consent is in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct WardView {
    /// Of the consent.
    pub id: Uuid,
    pub child_id: Uuid,
    pub relation: GuardianRelation,
    pub notice_version: String,
    pub channel: ConsentChannel,
    pub given_at: DateTime<Utc>,
}

impl From<guardian_consent::Model> for WardView {
    fn from(row: guardian_consent::Model) -> Self {
        Self {
            id: row.id,
            child_id: row.child_id,
            relation: row.relation,
            notice_version: row.notice_version,
            channel: row.channel,
            given_at: row.given_at,
        }
    }
}
