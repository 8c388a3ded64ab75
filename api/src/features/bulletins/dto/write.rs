use chrono::NaiveDate;
use entity::bulletin::{BulletinKind, Probability, RemedyOption};
use entity::lab_capability::ProductClass;
use entity::lab_result::ResultVerdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::platform::http::text::{many_lines, one_line, trimmed, trimmed_option};

/// The whole of a bulletin as an editor writes it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteBulletin {
    pub kind: BulletinKind,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 1_000), custom(function = "many_lines"))]
    pub summary: String,
    /// What is dangerous about it. A recall and a warning have one.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 1_000), custom(function = "many_lines"))]
    pub hazard: Option<String>,
    /// What it may do to people.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 1_000), custom(function = "many_lines"))]
    pub harm: Option<String>,
    /// 1 (light) to 4 (fatal); together with `probability` it makes the level.
    #[validate(range(min = 1, max = 4))]
    pub severity: Option<i16>,
    pub probability: Option<Probability>,
    /// What is known of injuries.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 1_000), custom(function = "many_lines"))]
    pub injuries: Option<String>,
    /// What was done, and what consumers should do.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 2_000), custom(function = "many_lines"))]
    pub measures: Option<String>,
    /// A recall has at least one.
    #[serde(default)]
    #[validate(length(max = 4))]
    pub remedy_options: Vec<RemedyOption>,
    #[validate(range(min = 1, max = 1_000_000_000_000_i64))]
    pub number_of_units: Option<i64>,
    /// The line of the maker for consumers.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub consumer_contact: Option<String>,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub issuing_authority: String,
    /// Name or number of the document that it comes from.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub source_document: Option<String>,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 500), custom(function = "web_address"))]
    pub source_url: Option<String>,
    pub issued_on: NaiveDate,
    /// Where it holds; the whole country when absent.
    #[validate(length(max = 9))]
    pub region_code: Option<String>,
    #[validate(length(min = 1, max = 100), nested)]
    pub products: Vec<WriteProduct>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteProduct {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub name: String,
    pub product_class: ProductClass,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 80), custom(function = "one_line"))]
    pub brand: Option<String>,
    #[serde(default)]
    #[validate(length(max = 100), custom(function = "codes"))]
    pub models: Vec<String>,
    #[serde(default)]
    #[validate(length(max = 100), custom(function = "codes"))]
    pub batches: Vec<String>,
    /// GTIN-8, -12, -13 or -14.
    #[serde(default)]
    #[validate(length(max = 100), custom(function = "codes"))]
    pub gtins: Vec<String>,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub manufacturer: Option<String>,
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub retailer: Option<String>,
    pub produced_from: Option<NaiveDate>,
    pub produced_until: Option<NaiveDate>,
    /// Of a spot check.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    pub findings: Vec<WriteFinding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteFinding {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub item: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    #[schema(example = "GB 6675.2-2014 4.4")]
    pub standard: String,
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub value: String,
    /// What the standard allows, as it is written there.
    #[serde(default, deserialize_with = "trimmed_option")]
    #[validate(length(max = 120), custom(function = "one_line"))]
    pub limit: Option<String>,
    pub verdict: ResultVerdict,
}

/// The bulletin as it should have been, and what was wrong with it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectBulletin {
    /// Public.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 500), custom(function = "many_lines"))]
    pub note: String,
    #[validate(nested)]
    pub bulletin: WriteBulletin,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawBulletin {
    /// Public: why.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 500), custom(function = "many_lines"))]
    pub note: String,
}

/// Each of up to 80 characters on one line.
fn codes(list: &[String]) -> Result<(), ValidationError> {
    for code in list {
        one_line(code)?;
        if !(1..=80).contains(&code.trim().chars().count()) {
            let message = "每项应为 1 至 80 个字符";
            return Err(ValidationError::new("invalid_format").with_message(message.into()));
        }
    }
    Ok(())
}

fn web_address(text: &str) -> Result<(), ValidationError> {
    one_line(text)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_good = rest.is_some_and(|rest| {
        rest.starts_with(char::is_alphanumeric)
            && !rest.contains(|c: char| c.is_whitespace() || "\"<>\\^`{|}".contains(c))
    });
    if is_good {
        return Ok(());
    }
    Err(ValidationError::new("invalid_format").with_message("应为 http 或 https 网址".into()))
}
