use entity::lab::{self, LabStatus};
use entity::lab_service::{self, ServiceKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::paged_filter;
use crate::platform::http::text::{many_lines, one_line, phone, trimmed};

paged_filter! {
    LabFilter {
        /// Code of a region; labs in it and below.
        #[param(example = "11")]
        region: String,
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLab {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 80), custom(function = "one_line"))]
    pub name: String,
    #[validate(length(max = 9))]
    pub region_code: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
    /// Of the institution.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(max = 20), custom(function = "phone"))]
    pub phone: String,
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 1000), custom(function = "many_lines"))]
    pub introduction: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLabStatus {
    pub status: LabStatus,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLabService {
    pub kind: ServiceKind,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 60), custom(function = "one_line"))]
    pub name: String,
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 1000), custom(function = "many_lines"))]
    pub description: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LabSummary {
    pub id: Uuid,
    pub name: String,
    pub region_code: String,
    pub address: String,
    pub phone: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LabServiceView {
    pub id: Uuid,
    pub kind: ServiceKind,
    pub name: String,
    pub description: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LabView {
    #[serde(flatten)]
    pub lab: LabSummary,
    pub introduction: String,
    pub status: LabStatus,
    /// All free of charge and voluntary.
    pub services: Vec<LabServiceView>,
}

impl From<lab::Model> for LabSummary {
    fn from(row: lab::Model) -> Self {
        let lab::Model { id, name, region_code, address, phone, .. } = row;
        Self { id, name, region_code, address, phone }
    }
}

impl From<lab_service::Model> for LabServiceView {
    fn from(row: lab_service::Model) -> Self {
        Self { id: row.id, kind: row.kind, name: row.name, description: row.description }
    }
}

impl LabView {
    pub fn of(lab: lab::Model, services: Vec<lab_service::Model>) -> Self {
        Self {
            introduction: lab.introduction.clone(),
            status: lab.status,
            lab: lab.into(),
            services: services.into_iter().map(LabServiceView::from).collect(),
        }
    }
}
