use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{ChallengeAlgorithm, ChallengePurpose};

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateChallenge {
    /// The operation it is for.
    pub purpose: ChallengePurpose,
}

/// Find a `counter` such that the SHA-256 of the text `<id>:<counter>` begins with `difficulty` zero
/// bits, and send that text in the header `Challenge-Solution`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChallengeView {
    pub id: String,
    pub algorithm: ChallengeAlgorithm,
    /// Each bit doubles the work; 16 are some 65,000 hashes.
    #[schema(example = 16)]
    pub difficulty: u8,
    pub expires_at: DateTime<Utc>,
}
