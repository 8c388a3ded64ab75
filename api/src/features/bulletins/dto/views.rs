use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::bulletin::{BulletinKind, BulletinStatus, Model, Probability, RemedyOption, RiskLevel};
use entity::bulletin_event::{self, BulletinEventKind};
use entity::bulletin_product_code::{self, ProductCodeKind};
use entity::lab_capability::ProductClass;
use entity::lab_result::ResultVerdict;
use entity::{bulletin_product, spot_check_item};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A bulletin with all that belongs to it, in order.
pub struct Loaded {
    pub row: Model,
    pub products: Vec<bulletin_product::Model>,
    pub codes: Vec<bulletin_product_code::Model>,
    pub items: Vec<spot_check_item::Model>,
    pub events: Vec<bulletin_event::Model>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinSummary {
    pub id: Uuid,
    /// `RC-2026-0007`; none for a draft.
    pub number: Option<String>,
    pub kind: BulletinKind,
    /// Of what is `withdrawn` only the tombstone is left.
    pub status: BulletinStatus,
    pub title: String,
    pub summary: Option<String>,
    /// Severity by probability, as in EU Safety Gate.
    pub level: Option<RiskLevel>,
    pub product_classes: Vec<ProductClass>,
    pub brands: Vec<String>,
    /// Where it holds; the whole country when absent.
    pub region_code: Option<String>,
    pub issuing_authority: String,
    pub issued_on: NaiveDate,
    pub published_at: Option<DateTime<Utc>>,
    /// The last change that the public saw. Grows with every change of any bulletin.
    pub updated_at: DateTime<Utc>,
    /// What was corrected last, or why it was withdrawn.
    pub change_note: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinView {
    #[serde(flatten)]
    pub summary: BulletinSummary,
    pub hazard: Option<String>,
    pub harm: Option<String>,
    pub severity: Option<i16>,
    pub probability: Option<Probability>,
    pub injuries: Option<String>,
    pub measures: Option<String>,
    pub remedy_options: Vec<RemedyOption>,
    pub number_of_units: Option<i64>,
    /// The line of the maker for consumers.
    pub consumer_contact: Option<String>,
    pub source_document: Option<String>,
    pub source_url: Option<String>,
    pub products: Vec<BulletinProductView>,
    /// The public acts, first the publication.
    pub changes: Vec<BulletinChangeView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinProductView {
    pub id: Uuid,
    pub name: String,
    pub product_class: ProductClass,
    pub brand: Option<String>,
    pub models: Vec<String>,
    pub batches: Vec<String>,
    /// 14 digits each.
    pub gtins: Vec<String>,
    pub manufacturer: Option<String>,
    pub retailer: Option<String>,
    pub produced_from: Option<NaiveDate>,
    pub produced_until: Option<NaiveDate>,
    pub findings: Vec<FindingView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    pub item: String,
    pub standard: String,
    pub value: String,
    pub limit: Option<String>,
    pub verdict: ResultVerdict,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinChangeView {
    pub kind: BulletinEventKind,
    pub note: Option<String>,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffBulletinSummary {
    #[serde(flatten)]
    pub bulletin: BulletinSummary,
    pub edited_at: DateTime<Utc>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StaffBulletinView {
    #[serde(flatten)]
    pub bulletin: BulletinView,
    pub author_id: Uuid,
    pub edited_by: Option<Uuid>,
    pub edited_at: DateTime<Utc>,
    /// Also the `ETag`; send it back as `If-Match`.
    pub version: i32,
}

/// A problem (`bulletin_withdrawn`) with what is left of the bulletin.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoneBulletin {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    pub code: &'static str,
    pub request_id: String,
    pub notice: BulletinSummary,
}

impl BulletinSummary {
    /// As the public sees it.
    pub fn of<'a>(
        row: &Model,
        products: impl IntoIterator<Item = &'a bulletin_product::Model>,
    ) -> Self {
        if row.status == BulletinStatus::Withdrawn {
            return Self { summary: None, level: None, ..Self::whole(row, []) };
        }
        Self::whole(row, products)
    }

    /// Also of what was withdrawn.
    fn whole<'a>(
        row: &Model,
        products: impl IntoIterator<Item = &'a bulletin_product::Model>,
    ) -> Self {
        let (mut classes, mut brands) = (BTreeSet::new(), BTreeSet::new());
        for product in products {
            classes.insert(product.product_class);
            brands.extend(product.brand.clone());
        }
        Self {
            id: row.id,
            number: row.number.clone(),
            kind: row.kind,
            status: row.status,
            title: row.title.clone(),
            summary: Some(row.summary.clone()),
            level: row.level,
            product_classes: classes.into_iter().collect(),
            brands: brands.into_iter().collect(),
            region_code: row.region_code.clone(),
            issuing_authority: row.issuing_authority.clone(),
            issued_on: row.issued_on,
            published_at: row.published_at,
            updated_at: row.changed_at.unwrap_or(row.updated_at),
            change_note: row.change_note.clone(),
        }
    }
}

impl From<&Loaded> for BulletinView {
    fn from(loaded: &Loaded) -> Self {
        let row = &loaded.row;
        let change = |event: &bulletin_event::Model| BulletinChangeView {
            kind: event.kind,
            note: event.note.clone(),
            at: event.at,
        };
        Self {
            summary: BulletinSummary::whole(row, &loaded.products),
            hazard: row.hazard.clone(),
            harm: row.harm.clone(),
            severity: row.severity,
            probability: row.probability,
            injuries: row.injuries.clone(),
            measures: row.measures.clone(),
            remedy_options: remedy_options(row),
            number_of_units: row.number_of_units,
            consumer_contact: row.consumer_contact.clone(),
            source_document: row.source_document.clone(),
            source_url: row.source_url.clone(),
            products: loaded.products.iter().map(|product| loaded.product(product)).collect(),
            changes: loaded.events.iter().map(change).collect(),
        }
    }
}

pub fn remedy_options(row: &Model) -> Vec<RemedyOption> {
    serde_json::from_value(row.remedy_options.clone()).unwrap_or_default()
}

impl Loaded {
    /// The codes of one kind of a product, as they were written.
    pub fn codes_of(&self, product_id: Uuid, kind: ProductCodeKind) -> Vec<String> {
        let own = |code: &&bulletin_product_code::Model| {
            code.product_id == product_id && code.kind == kind
        };
        self.codes.iter().filter(own).map(|code| code.code.clone()).collect()
    }

    /// A product with its codes and what was found on it.
    pub fn product(&self, row: &bulletin_product::Model) -> BulletinProductView {
        let finding = |item: &spot_check_item::Model| FindingView {
            item: item.item.clone(),
            standard: item.standard.clone(),
            value: item.value_text.clone(),
            limit: item.limit_text.clone(),
            verdict: item.verdict,
        };
        let own = self.items.iter().filter(|item| item.product_id == row.id);
        BulletinProductView {
            id: row.id,
            name: row.name.clone(),
            product_class: row.product_class,
            brand: row.brand.clone(),
            models: self.codes_of(row.id, ProductCodeKind::Model),
            batches: self.codes_of(row.id, ProductCodeKind::Batch),
            gtins: self.codes_of(row.id, ProductCodeKind::Gtin),
            manufacturer: row.manufacturer.clone(),
            retailer: row.retailer.clone(),
            produced_from: row.produced_from,
            produced_until: row.produced_until,
            findings: own.map(finding).collect(),
        }
    }
}

impl From<&Loaded> for StaffBulletinView {
    fn from(loaded: &Loaded) -> Self {
        Self {
            bulletin: loaded.into(),
            author_id: loaded.row.author_id,
            edited_by: loaded.row.edited_by,
            edited_at: loaded.row.updated_at,
            version: loaded.row.version,
        }
    }
}

impl StaffBulletinSummary {
    pub fn of<'a>(
        row: &Model,
        products: impl IntoIterator<Item = &'a bulletin_product::Model>,
    ) -> Self {
        Self {
            bulletin: BulletinSummary::whole(row, products),
            edited_at: row.updated_at,
            version: row.version,
        }
    }
}
