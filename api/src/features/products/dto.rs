use chrono::{DateTime, NaiveDate, Utc};
use entity::bulletin::{BulletinKind, BulletinStatus, RiskLevel};
use entity::lab_capability::ProductClass;
use entity::lab_result::ResultVerdict;
use entity::lab_service::ServiceKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductQuery {
    /// GTIN-8, -12, -13 or -14, or the scanned text that holds it.
    #[param(max_length = 1000, example = "6901234567892")]
    pub gtin: Option<String>,
    #[param(max_length = 80)]
    pub brand: Option<String>,
    /// Tells most together with `brand`.
    #[param(max_length = 80)]
    pub model: Option<String>,
    /// A barcode, a brand, a model, or a part of the product's name.
    #[param(max_length = 80)]
    pub q: Option<String>,
    /// The class of the product, if the client knows it: tests, articles and quizzes on it are shown also
    /// when no bulletin matches.
    pub class: Option<ProductClass>,
}

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchStrength {
    /// It is this product.
    Alert,
    /// It may be: compare it with what the bulletin says.
    PleaseCheck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchReason {
    Gtin,
    Brand,
    Model,
    Name,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct KnownProductView {
    /// What was asked for, as 14 digits.
    pub gtin: Option<String>,
    pub risk: ProductRisk,
    pub recalls: Vec<ProductMatch>,
    pub warnings: Vec<ProductMatch>,
    pub spot_checks: Vec<ProductMatch>,
    pub quality_reports: Vec<ProductMatch>,
    /// Free tests for this class of products.
    pub tests: Vec<TestOffer>,
    pub articles: Vec<Reading>,
    pub quizzes: Vec<Reading>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProductRisk {
    /// The worst level of what is an alert.
    pub level: Option<RiskLevel>,
    /// The worst level of all that matches.
    pub possible_level: Option<RiskLevel>,
    /// Unconfirmed leads on products of this class.
    pub open_leads_in_class: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProductMatch {
    pub strength: MatchStrength,
    /// In what it matches.
    pub reasons: Vec<MatchReason>,
    pub bulletin_id: Uuid,
    pub number: Option<String>,
    #[serde(skip)]
    pub kind: BulletinKind,
    pub status: BulletinStatus,
    pub title: String,
    pub hazard: Option<String>,
    pub measures: Option<String>,
    pub consumer_contact: Option<String>,
    pub level: Option<RiskLevel>,
    pub issued_on: NaiveDate,
    pub updated_at: DateTime<Utc>,
    pub product: MatchedProduct,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MatchedProduct {
    pub name: String,
    pub product_class: ProductClass,
    pub brand: Option<String>,
    pub models: Vec<String>,
    /// Only these, if any are named: compare.
    pub batches: Vec<String>,
    pub gtins: Vec<String>,
    pub manufacturer: Option<String>,
    pub produced_from: Option<NaiveDate>,
    pub produced_until: Option<NaiveDate>,
    pub findings: Vec<ProductFinding>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProductFinding {
    pub item: String,
    pub standard: String,
    pub value: String,
    pub limit: Option<String>,
    pub verdict: ResultVerdict,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TestOffer {
    pub lab_id: Uuid,
    pub lab_name: String,
    pub region_code: String,
    pub service_id: Uuid,
    pub service_kind: ServiceKind,
    pub service_name: String,
    pub product_class: ProductClass,
    pub standard: String,
    /// Working days until the result.
    pub days_needed: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Reading {
    pub id: Uuid,
    pub title: String,
}
