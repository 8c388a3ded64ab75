use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::platform::http::text::trimmed;

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetParcelNumber {
    /// As the courier prints it.
    #[serde(deserialize_with = "trimmed")]
    #[validate(custom(function = "parcel_number"))]
    #[schema(pattern = "^[A-Za-z0-9]{8,24}$", example = "SF1234567890123")]
    pub parcel_number: String,
}

/// Couriers in China print between 8 and 24 digits and letters (EMS: 13, by UPU S10).
fn parcel_number(text: &str) -> Result<(), ValidationError> {
    if (8..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(ValidationError::new("invalid_format").with_message("应为 8 至 24 位字母或数字".into()))
}
