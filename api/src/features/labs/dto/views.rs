use chrono::{DateTime, NaiveDate, Utc};
use entity::lab::{self, LabStatus};
use entity::lab_accreditation::{self, AccreditationEnd, AccreditationKind};
use entity::lab_capability;
use entity::lab_service::{self, ServiceKind, ServiceStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::requests::Capability;
use crate::features::labs::model::OpeningHours;
use crate::platform::geo::Location;
use crate::platform::http::{AppError, AppResult};

/// Part of every offer.
pub const TERMS: &str = "免费、自愿";

#[derive(Debug, Serialize, ToSchema)]
pub struct LabSummary {
    pub id: Uuid,
    pub name: String,
    pub region_code: String,
    pub address: String,
    pub phone: String,
    pub location: Option<Location>,
    /// Without one it takes bookings for consultations and open days only.
    pub is_accredited: bool,
}

/// A lab of the directory.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearLab {
    #[serde(flatten)]
    pub lab: LabSummary,
    /// As the crow flies; with `near`.
    pub distance_metres: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LabServiceView {
    pub id: Uuid,
    pub kind: ServiceKind,
    pub name: String,
    pub description: String,
    pub status: ServiceStatus,
    /// 免费、自愿
    pub terms: &'static str,
    /// For `If-Match`.
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccreditationView {
    pub id: Uuid,
    pub kind: AccreditationKind,
    pub certificate_number: String,
    pub issued_on: NaiveDate,
    /// The last day on which it is valid, in China.
    pub valid_until: NaiveDate,
    pub scope_note: String,
    pub is_in_force: bool,
    /// When it was replaced or revoked here.
    pub ended_at: Option<DateTime<Utc>>,
    pub end_reason: Option<AccreditationEnd>,
    pub replaced_by: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LabView {
    #[serde(flatten)]
    pub lab: LabSummary,
    pub introduction: String,
    pub status: LabStatus,
    pub email: Option<String>,
    /// Whom to ask for.
    pub contact_title: Option<String>,
    pub opening_hours: Vec<OpeningHours>,
    /// All free of charge and voluntary.
    pub services: Vec<LabServiceView>,
    pub capabilities: Vec<Capability>,
    /// To the public those in force; to its staff all there ever were.
    pub accreditations: Vec<AccreditationView>,
}

/// A lab as its staff edit it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabProfile {
    #[serde(flatten)]
    pub lab: LabView,
    /// The last day of the longest CMA in force.
    pub accredited_until: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
    /// For `If-Match`.
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LabProfileSummary {
    #[serde(flatten)]
    pub lab: LabSummary,
    pub status: LabStatus,
    pub accredited_until: Option<NaiveDate>,
    pub version: i32,
}

/// Everything about one lab.
pub struct LabParts {
    pub lab: lab::Model,
    pub services: Vec<lab_service::Model>,
    pub capabilities: Vec<lab_capability::Model>,
    pub accreditations: Vec<lab_accreditation::Model>,
}

impl LabSummary {
    pub fn of(row: lab::Model, today: NaiveDate) -> Self {
        Self {
            id: row.id,
            name: row.name,
            region_code: row.region_code,
            address: row.address,
            phone: row.phone,
            location: Location::from_e6(row.latitude_e6, row.longitude_e6),
            is_accredited: row.accredited_until.is_some_and(|last_day| last_day >= today),
        }
    }
}

impl From<lab_service::Model> for LabServiceView {
    fn from(row: lab_service::Model) -> Self {
        let lab_service::Model { id, kind, name, description, status, version, .. } = row;
        Self { id, kind, name, description, status, terms: TERMS, version }
    }
}

impl From<lab_capability::Model> for Capability {
    fn from(row: lab_capability::Model) -> Self {
        let lab_capability::Model { service_kind, product_class, standard, days_needed, .. } = row;
        Self { service_kind, product_class, standard, days_needed }
    }
}

impl AccreditationView {
    pub fn of(row: lab_accreditation::Model, today: NaiveDate) -> Self {
        Self {
            is_in_force: row.ended_at.is_none() && row.valid_until >= today,
            id: row.id,
            kind: row.kind,
            certificate_number: row.certificate_number,
            issued_on: row.issued_on,
            valid_until: row.valid_until,
            scope_note: row.scope_note,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
            replaced_by: row.replaced_by,
        }
    }
}

impl LabView {
    fn of(parts: LabParts, today: NaiveDate) -> AppResult<Self> {
        let LabParts { lab, services, capabilities, accreditations } = parts;
        let hours = lab.opening_hours.clone().map(serde_json::from_value).transpose();
        let accreditation = |row| AccreditationView::of(row, today);
        Ok(Self {
            introduction: lab.introduction.clone(),
            status: lab.status,
            email: lab.email.clone(),
            contact_title: lab.contact_title.clone(),
            opening_hours: hours.map_err(AppError::internal)?.unwrap_or_default(),
            services: services.into_iter().map(LabServiceView::from).collect(),
            capabilities: capabilities.into_iter().map(Capability::from).collect(),
            accreditations: accreditations.into_iter().map(accreditation).collect(),
            lab: LabSummary::of(lab, today),
        })
    }

    /// What everybody may see: what is offered, and what is in force.
    pub fn public(parts: LabParts, today: NaiveDate) -> AppResult<Self> {
        let mut view = Self::of(parts, today)?;
        view.services.retain(|service| service.status == ServiceStatus::Open);
        view.accreditations.retain(|accreditation| accreditation.is_in_force);
        Ok(view)
    }
}

impl LabProfile {
    pub fn of(parts: LabParts, today: NaiveDate) -> AppResult<Self> {
        let lab::Model { accredited_until, updated_at, version, .. } = parts.lab;
        Ok(Self { lab: LabView::of(parts, today)?, accredited_until, updated_at, version })
    }
}

impl LabProfileSummary {
    pub fn of(row: lab::Model, today: NaiveDate) -> Self {
        let lab::Model { status, accredited_until, version, .. } = row;
        Self { lab: LabSummary::of(row, today), status, accredited_until, version }
    }
}
