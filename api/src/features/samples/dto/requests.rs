use std::borrow::Cow;

use entity::lab_capability::ProductClass;
use entity::lab_result::ResultVerdict;
use entity::risk_lead::RiskLeadStatus;
use entity::sample::SampleStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::features::samples::model::Finding;
use crate::paged_filter;
use crate::platform::http::text::{one_line, trimmed, trimmed_option};

paged_filter! {
    SampleFilter {
        status: SampleStatus,
        booking_id: Uuid,
        /// What stands on the label.
        #[param(max_length = 32)]
        number: String,
        /// Only those whose result should be there.
        late: bool,
    }
}

paged_filter! {
    RiskLeadFilter {
        status: RiskLeadStatus,
    }
}

fn one() -> i32 {
    1
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterSample {
    /// The lab's own number; absent, it gets one.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(min = 3, max = 32), custom(function = "label"))]
    #[schema(example = "261123-7KQ2MF")]
    pub number: Option<String>,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    #[schema(example = "儿童安全座椅")]
    pub product_name: String,
    /// What the lab says of this class in its capabilities decides when the result is due.
    pub product_class: Option<ProductClass>,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 40), custom(function = "one_line"))]
    pub brand: Option<String>,
    /// The maker's designation of the type.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 60), custom(function = "one_line"))]
    pub model: Option<String>,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 60), custom(function = "one_line"))]
    pub batch: Option<String>,
    /// In pieces.
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 1000))]
    pub quantity: i32,
    /// Where it was taken in.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 40), custom(function = "one_line"))]
    pub place: Option<String>,
}

fn label(text: &str) -> Result<(), ValidationError> {
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(());
    }
    let message = Cow::Borrowed("只能包含字母、数字和连字符");
    Err(ValidationError::new("invalid_format").with_message(message))
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveSample {
    pub to: SampleStatus,
    /// Room, shelf or counter.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 40), custom(function = "one_line"))]
    pub place: Option<String>,
}

/// What was found for one item of one sample.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultItem {
    pub sample_id: Uuid,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    #[schema(example = "动态试验：头部位移")]
    pub item: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 80), custom(function = "one_line"))]
    #[schema(example = "GB 27887-2011 5.10")]
    pub standard: String,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 80), custom(function = "one_line"))]
    pub method: Option<String>,
    /// What the standard allows, as it is written there.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 60), custom(function = "one_line"))]
    #[schema(example = "≤ 550")]
    pub limit: Option<String>,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    #[schema(example = "612")]
    pub value: String,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 20), custom(function = "one_line"))]
    #[schema(example = "mm")]
    pub unit: Option<String>,
    pub verdict: ResultVerdict,
    /// Whether failing it endangers people.
    #[serde(default)]
    pub is_safety: bool,
}

impl ResultItem {
    pub fn finding(&self) -> Finding<'_> {
        Finding { sample_id: self.sample_id, item: &self.item, standard: &self.standard }
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishReport {
    /// The document, uploaded for this booking.
    pub media_id: Uuid,
    #[validate(length(min = 1, max = 500), nested)]
    pub items: Vec<ResultItem>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectReport {
    /// Shown to the resident.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
    pub media_id: Uuid,
    #[validate(length(min = 1, max = 500), nested)]
    pub items: Vec<ResultItem>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawReport {
    /// Shown to the resident.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 200), custom(function = "one_line"))]
    pub reason: String,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckReportHash {
    /// SHA-256 of the document one has, as 64 hexadecimal digits.
    #[validate(length(equal = 64), custom(function = "hexadecimal"))]
    #[schema(pattern = "^[0-9A-Fa-f]{64}$")]
    pub sha256: String,
}

fn hexadecimal(text: &str) -> Result<(), ValidationError> {
    if text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(ValidationError::new("invalid_format").with_message(Cow::Borrowed("应为十六进制数")))
}

/// Marks from 1, the worst, to 5.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateBooking {
    #[validate(range(min = 1, max = 5))]
    pub overall: i16,
    /// How one was treated.
    #[validate(range(min = 1, max = 5))]
    pub attitude: i16,
    /// How long it took.
    #[validate(range(min = 1, max = 5))]
    pub speed: i16,
    /// Whether the result can be understood.
    #[validate(range(min = 1, max = 5))]
    pub clarity: i16,
}
