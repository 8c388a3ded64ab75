//! Why staff rejected, cancelled or voided, as a word for statistics.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    EquipmentFailure,
    StaffUnavailable,
    SiteClosed,
    OutOfScope,
    SampleUnsuitable,
    PlanChanged,
    Duplicate,
    Mistake,
    Abuse,
    #[default]
    Other,
}

impl ReasonCode {
    /// The word as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EquipmentFailure => "equipment_failure",
            Self::StaffUnavailable => "staff_unavailable",
            Self::SiteClosed => "site_closed",
            Self::OutOfScope => "out_of_scope",
            Self::SampleUnsuitable => "sample_unsuitable",
            Self::PlanChanged => "plan_changed",
            Self::Duplicate => "duplicate",
            Self::Mistake => "mistake",
            Self::Abuse => "abuse",
            Self::Other => "other",
        }
    }
}
