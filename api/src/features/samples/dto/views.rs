use chrono::{DateTime, NaiveDate, Utc};
use entity::booking::BookingStatus;
use entity::lab_capability::ProductClass;
use entity::lab_report::{self, ReportStatus};
use entity::lab_result::{self, ResultVerdict};
use entity::risk_lead::{self, RiskLeadStatus};
use entity::sample::{self, SampleStatus};
use entity::{late_result, sample_event, satisfaction};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::samples::model::{ResultAction, allowed_moves, page_path, spoken_code};

#[derive(Debug, Serialize, ToSchema)]
pub struct SampleView {
    pub id: Uuid,
    pub booking_id: Uuid,
    pub lab_id: Uuid,
    /// What stands on the label.
    pub number: String,
    pub product_name: String,
    pub product_class: Option<ProductClass>,
    pub brand: Option<String>,
    pub model: Option<String>,
    pub batch: Option<String>,
    pub quantity: i32,
    pub status: SampleStatus,
    pub received_at: DateTime<Utc>,
    /// The last day for its result.
    pub due_on: NaiveDate,
    pub version: i32,
}

/// A sample with its chain of custody.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampleDetail {
    #[serde(flatten)]
    pub sample: SampleView,
    pub custody: Vec<CustodyView>,
    /// Where the one who asks may take it now.
    pub allowed_moves: Vec<SampleStatus>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CustodyView {
    pub at: DateTime<Utc>,
    pub from: Option<SampleStatus>,
    pub to: SampleStatus,
    pub staff_id: Uuid,
    pub place: Option<String>,
}

/// Samples, reports and results of a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingResults {
    pub booking_id: Uuid,
    pub status: BookingStatus,
    pub samples: Vec<SampleView>,
    /// Every revision, the newest first.
    pub reports: Vec<ReportView>,
    /// What the valid report says.
    pub items: Vec<ResultView>,
    pub satisfaction: Option<SatisfactionView>,
    /// Raised by one at every change; the `ETag`.
    pub version: i32,
    /// What the one who asks may do now.
    pub allowed_actions: Vec<ResultAction>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    pub revision: i32,
    pub status: ReportStatus,
    /// With it everybody can ask whether the report is genuine.
    pub verification_code: String,
    /// The page that says so, for a QR code beside the report. Relative to the server.
    pub verification_page: String,
    /// Of the document, hexadecimal.
    pub sha256: String,
    pub conclusion: ResultVerdict,
    pub issued_at: DateTime<Utc>,
    /// When it was superseded or withdrawn, and why.
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_because: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ResultView {
    pub sample_id: Uuid,
    pub item: String,
    pub standard: String,
    pub method: Option<String>,
    pub limit: Option<String>,
    pub value: String,
    pub unit: Option<String>,
    pub verdict: ResultVerdict,
    pub is_safety: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SatisfactionView {
    pub overall: i16,
    pub attitude: i16,
    pub speed: i16,
    pub clarity: i16,
    pub updated_at: DateTime<Utc>,
}

/// A document that was taken in and waits to become a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportFileView {
    pub media_id: Uuid,
    pub bytes: usize,
    /// Hexadecimal.
    pub sha256: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReportLinkView {
    /// Works without a token until `expires_at`. Relative to the server.
    pub url: String,
    pub expires_at: DateTime<Utc>,
}

/// What everybody may know of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportVerification {
    pub verification_code: String,
    pub status: ReportStatus,
    pub revision: i32,
    pub lab_name: String,
    pub products: Vec<ProductView>,
    pub conclusion: ResultVerdict,
    /// Of the document, hexadecimal.
    pub sha256: String,
    pub issued_on: NaiveDate,
    /// When it was superseded or withdrawn.
    pub ended_on: Option<NaiveDate>,
    /// The code of the revision that holds instead.
    pub valid_code: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProductView {
    pub name: String,
    pub brand: Option<String>,
    pub model: Option<String>,
    pub batch: Option<String>,
}

/// The reports with a document of this hash, the newest first. None: it is not as any lab issued it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportCheck {
    pub reports: Vec<ReportVerification>,
}

/// A visit whose result is not there in time.
#[derive(Debug, Serialize, ToSchema)]
pub struct LateResultView {
    pub booking_id: Uuid,
    pub lab_id: Uuid,
    /// The last day that was left.
    pub due_on: NaiveDate,
    pub raised_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RiskLeadView {
    pub id: Uuid,
    pub status: RiskLeadStatus,
    pub lab_id: Uuid,
    pub sample_id: Uuid,
    /// Of the lab.
    pub region_code: String,
    pub product_name: String,
    pub product_class: Option<ProductClass>,
    pub brand: Option<String>,
    pub model: Option<String>,
    pub batch: Option<String>,
    pub item: String,
    pub standard: String,
    pub limit: Option<String>,
    pub value: String,
    pub unit: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<sample::Model> for SampleView {
    fn from(row: sample::Model) -> Self {
        Self {
            id: row.id,
            booking_id: row.booking_id,
            lab_id: row.lab_id,
            number: row.number,
            product_name: row.product_name,
            product_class: row.product_class,
            brand: row.brand,
            model: row.model,
            batch: row.batch,
            quantity: row.quantity,
            status: row.status,
            received_at: row.received_at,
            due_on: row.due_on,
            version: row.version,
        }
    }
}

impl SampleDetail {
    pub fn of(sample: sample::Model, custody: Vec<sample_event::Model>, may_move: bool) -> Self {
        let allowed_moves = if may_move { allowed_moves(sample.status) } else { Vec::new() };
        let custody = custody.into_iter().map(CustodyView::from).collect();
        Self { allowed_moves, custody, sample: sample.into() }
    }
}

impl From<sample_event::Model> for CustodyView {
    fn from(row: sample_event::Model) -> Self {
        Self {
            at: row.at,
            from: row.from_status,
            to: row.to_status,
            staff_id: row.staff_id,
            place: row.place,
        }
    }
}

impl From<lab_report::Model> for ReportView {
    fn from(row: lab_report::Model) -> Self {
        Self {
            revision: row.revision,
            status: row.status,
            verification_code: spoken_code(&row.code),
            verification_page: page_path(&row.code),
            sha256: hex::encode(row.sha256),
            conclusion: row.conclusion,
            issued_at: row.issued_at,
            ended_at: row.ended_at,
            ended_because: row.ended_because,
        }
    }
}

impl From<lab_result::Model> for ResultView {
    fn from(row: lab_result::Model) -> Self {
        Self {
            sample_id: row.sample_id,
            item: row.item_name,
            standard: row.standard,
            method: row.method,
            limit: row.limit_text,
            value: row.value_text,
            unit: row.unit,
            verdict: row.verdict,
            is_safety: row.is_safety,
        }
    }
}

impl From<satisfaction::Model> for SatisfactionView {
    fn from(row: satisfaction::Model) -> Self {
        Self {
            overall: row.overall,
            attitude: row.attitude,
            speed: row.speed,
            clarity: row.clarity,
            updated_at: row.updated_at,
        }
    }
}

impl From<sample::Model> for ProductView {
    fn from(row: sample::Model) -> Self {
        Self { name: row.product_name, brand: row.brand, model: row.model, batch: row.batch }
    }
}

impl From<late_result::Model> for LateResultView {
    fn from(row: late_result::Model) -> Self {
        Self {
            booking_id: row.booking_id,
            lab_id: row.lab_id,
            due_on: row.due_on,
            raised_at: row.raised_at,
        }
    }
}

impl From<risk_lead::Model> for RiskLeadView {
    fn from(row: risk_lead::Model) -> Self {
        Self {
            id: row.id,
            status: row.status,
            lab_id: row.lab_id,
            sample_id: row.sample_id,
            region_code: row.region_code,
            product_name: row.product_name,
            product_class: row.product_class,
            brand: row.brand,
            model: row.model,
            batch: row.batch,
            item: row.item_name,
            standard: row.standard,
            limit: row.limit_text,
            value: row.value_text,
            unit: row.unit,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
