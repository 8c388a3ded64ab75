use chrono::NaiveDate;
use entity::lab::LabStatus;
use entity::lab_accreditation::AccreditationKind;
use entity::lab_capability::ProductClass;
use entity::lab_service::{ServiceKind, ServiceStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::features::labs::model::OpeningHours;
use crate::paged_filter;
use crate::platform::geo::Location;
use crate::platform::http::text::{many_lines, one_line, phone, trimmed, trimmed_option};

paged_filter! {
    LabFilter {
        /// Code of a region; labs in it and below.
        #[param(example = "11")]
        region: String,
        /// Labs that offer it.
        service: ServiceKind,
        /// Labs that can test it; with `service`, in that way.
        product_class: ProductClass,
        /// Labs that test by it, exactly as they write it.
        #[param(example = "GB 6675.1-2014", max_length = 60)]
        standard: String,
        /// Part of the name.
        #[param(max_length = 40)]
        q: String,
        /// `latitude,longitude` (GCJ-02): the nearest within 200 km, with their distance, on one page
        /// without a cursor.
        #[param(example = "39.98,116.32", max_length = 40)]
        near: String,
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

/// What a lab says of itself. What is left out is emptied. Name and region are its registration.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateLabProfile {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 4, max = 200), custom(function = "one_line"))]
    pub address: String,
    /// Public service phone of the institution.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(max = 20), custom(function = "phone"))]
    pub phone: String,
    /// Public, of the institution.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 100), email)]
    #[schema(format = "email")]
    pub email: Option<String>,
    /// Whom to ask for: an office or a title, never a person's name.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 40), custom(function = "one_line"))]
    #[schema(example = "业务受理室主任")]
    pub contact_title: Option<String>,
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 1000), custom(function = "many_lines"))]
    pub introduction: String,
    #[serde(default)]
    #[validate(length(max = 28), nested)]
    pub opening_hours: Vec<OpeningHours>,
    #[validate(nested)]
    pub location: Option<Location>,
}

/// What a lab can do with a class of products.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    pub service_kind: ServiceKind,
    pub product_class: ProductClass,
    /// The standard it works by.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 60), custom(function = "one_line"))]
    #[schema(example = "GB 6675.1-2014")]
    pub standard: String,
    /// Working days until the result.
    #[validate(range(min = 0, max = 365))]
    pub days_needed: i32,
}

/// All that a lab can do, in the place of what it said before.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLabCapabilities {
    #[validate(length(max = 500), nested)]
    pub capabilities: Vec<Capability>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteAccreditation {
    pub kind: AccreditationKind,
    #[serde(deserialize_with = "trimmed")]
    #[validate(custom(function = "certificate_number"))]
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9-]{2,29}$", example = "210020349096")]
    pub certificate_number: String,
    /// A day in China, today at the latest.
    pub issued_on: NaiveDate,
    /// The last day on which it is valid.
    pub valid_until: NaiveDate,
    /// What it covers.
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 500), custom(function = "many_lines"))]
    pub scope_note: String,
}

fn certificate_number(text: &str) -> Result<(), ValidationError> {
    let is_word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if (3..=30).contains(&text.len()) && is_word && !text.starts_with('-') {
        return Ok(());
    }
    Err(ValidationError::new("invalid_format")
        .with_message("应为 3 至 30 位字母、数字或连字符".into()))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateLabService {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 60), custom(function = "one_line"))]
    pub name: String,
    #[serde(default, deserialize_with = "trimmed")]
    #[validate(length(max = 1000), custom(function = "many_lines"))]
    pub description: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLabServiceStatus {
    pub status: ServiceStatus,
}
