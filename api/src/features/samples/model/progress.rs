//! How far a result has come, and who looks.

use entity::booking::BookingStatus;
use entity::lab_report::ReportStatus;
use serde::Serialize;
use utoipa::ToSchema;

/// What can be done with samples and results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultAction {
    RegisterSample,
    StartTesting,
    /// Issues the report; the booking is completed with it.
    Publish,
    Correct,
    Withdraw,
    /// Gets a link to the report.
    Download,
    Rate,
}

/// Who looks at a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eye {
    Owner,
    Staff { may_manage: bool, may_publish: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub status: BookingStatus,
    pub samples: u64,
    pub most_samples: u64,
    /// Of the newest revision.
    pub report: Option<ReportStatus>,
    /// Whether the service can be rated now.
    pub is_rateable: bool,
}
