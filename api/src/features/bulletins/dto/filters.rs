use chrono::{DateTime, Utc};
use entity::bulletin::{BulletinKind, BulletinStatus, RiskLevel};
use entity::lab_capability::ProductClass;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::paged_filter;

paged_filter! {
    BulletinFilter {
        kind: BulletinKind,
        /// Of one of its products.
        class: ProductClass,
        /// Of one of its products, in any spelling.
        #[param(max_length = 80)]
        brand: String,
        /// Code of a region: what holds there, in a part of it, or in the whole country.
        #[param(max_length = 9)]
        region: String,
        level: RiskLevel,
        /// A part of title, number, or name or brand of a product.
        #[param(max_length = 80)]
        q: String,
        /// The change feed from this instant on: oldest change first, with what was withdrawn.
        updated_since: DateTime<Utc>,
    }
}

paged_filter! {
    StaffBulletinFilter {
        kind: BulletinKind,
        status: BulletinStatus,
    }
}

/// As [`BulletinFilter`], without pages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BulletinSelection {
    pub kind: Option<BulletinKind>,
    /// Of one of its products.
    pub class: Option<ProductClass>,
    /// Of one of its products, in any spelling.
    #[param(max_length = 80)]
    pub brand: Option<String>,
    /// Code of a region: what holds there, in a part of it, or in the whole country.
    #[param(max_length = 9)]
    pub region: Option<String>,
    pub level: Option<RiskLevel>,
    /// A part of title, number, or name or brand of a product.
    #[param(max_length = 80)]
    pub q: Option<String>,
}

impl BulletinFilter {
    pub fn selection(&self) -> BulletinSelection {
        BulletinSelection {
            kind: self.kind,
            class: self.class,
            brand: self.brand.clone(),
            region: self.region.clone(),
            level: self.level,
            q: self.q.clone(),
        }
    }
}
