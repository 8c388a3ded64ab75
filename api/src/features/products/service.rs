use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use entity::bulletin::{self, BulletinKind};
use entity::bulletin_product;
use entity::bulletin_product_code::{self, ProductCodeKind};
use entity::lab_capability::ProductClass;
use entity::spot_check_item;
use uuid::Uuid;

use super::dto::{
    KnownProductView, MatchStrength, MatchedProduct, ProductFinding, ProductMatch, ProductQuery,
    ProductRisk, Reading, TestOffer,
};
use super::model::{Ask, judge, speaks_of, terms};
use super::queries::{self, Offer, Text};
use crate::app::App;
use crate::features::labs::UNACCREDITED_KINDS;
use crate::features::search::service as search;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::clock::local_date;
use crate::platform::http::{AppError, AppResult};

/// Matches that are sure, and again as many that are not.
const MOST_MATCHES: u64 = 50;
const MOST_OFFERS: u64 = 20;
/// Quizzes that are looked through.
const LOOKED_AT: u64 = 200;
/// Articles, and quizzes, that have to do with the product.
const MOST_READINGS: u8 = 5;

/// # Errors
/// `gtin_invalid`
pub async fn lookup_product(
    ctx: &Ctx<perm::Public>,
    query: ProductQuery,
) -> AppResult<Arc<CachedPage>> {
    let ask = Ask::of(&query)?;
    let key = PageKey::new("product", format!("{ask:?}"));
    ctx.app.pages.get(key, async || known(ctx, &ask).await).await
}

async fn known(ctx: &Ctx<perm::Public>, ask: &Ask) -> AppResult<KnownProductView> {
    let db = &ctx.app.db;
    let matches = matches(&ctx.app, ask).await?;
    let mut classes: BTreeSet<ProductClass> =
        matches.iter().map(|one| one.product.product_class).collect();
    classes.extend(ask.class);
    let offers =
        queries::offers(db, &classes, UNACCREDITED_KINDS, local_date(ctx.now), MOST_OFFERS).await?;
    let leads = queries::count_leads(db, &classes).await?;
    let names: Vec<&str> = matches.iter().map(|one| one.product.name.as_str()).collect();
    let terms = terms(ask, &classes, &names);
    let words = terms.iter().map(String::as_str);
    let articles = search::articles_with(&ctx.app, words, MOST_READINGS.into()).await?;
    let articles = articles.into_iter().map(|(id, title)| Reading { id, title }).collect();
    let quizzes = readings(queries::quizzes(db, LOOKED_AT).await?, &terms);
    let worst = |is_wanted: fn(&ProductMatch) -> bool| {
        matches.iter().filter(|one| is_wanted(one)).filter_map(|one| one.level).max()
    };
    let risk = ProductRisk {
        level: worst(|one| one.strength == MatchStrength::Alert),
        possible_level: worst(|_| true),
        open_leads_in_class: i64::try_from(leads).map_err(AppError::internal)?,
    };
    let mut view = KnownProductView {
        gtin: ask.gtin.as_ref().map(|gtin| gtin.as_str().to_owned()),
        risk,
        recalls: Vec::new(),
        warnings: Vec::new(),
        spot_checks: Vec::new(),
        quality_reports: Vec::new(),
        tests: offers.into_iter().map(TestOffer::from).collect(),
        articles,
        quizzes,
    };
    for one in matches {
        let list = match one.kind {
            BulletinKind::Recall => &mut view.recalls,
            BulletinKind::ConsumerWarning => &mut view.warnings,
            BulletinKind::SpotCheck => &mut view.spot_checks,
            BulletinKind::QualityStatus => &mut view.quality_reports,
        };
        list.push(one);
    }
    Ok(view)
}

/// What answers the question: the surest first, of equals the worst, then the newest. Five queries.
async fn matches(app: &App, ask: &Ask) -> AppResult<Vec<ProductMatch>> {
    let db = &app.db;
    let mut products = queries::exact(db, ask, MOST_MATCHES).await?;
    let sure: Vec<Uuid> = products.iter().map(|product| product.id).collect();
    products.extend(queries::similar(db, ask, sure, MOST_MATCHES).await?);
    let ids = || products.iter().map(|product| product.id);
    let bulletins = queries::bulletins(db, products.iter().map(|one| one.bulletin_id)).await?;
    let codes = queries::codes(db, ids()).await?;
    let items = queries::items(db, ids()).await?;
    let bulletins: HashMap<Uuid, bulletin::Model> =
        bulletins.into_iter().map(|row| (row.id, row)).collect();
    let mut matches: Vec<ProductMatch> = products
        .into_iter()
        .filter_map(|product| {
            // One that was withdrawn between two queries is not shown.
            let bulletin = bulletins.get(&product.bulletin_id)?;
            let own = |code: &&bulletin_product_code::Model| code.product_id == product.id;
            let codes: Vec<_> = codes.iter().filter(own).collect();
            let items = items.iter().filter(|item| item.product_id == product.id);
            Some(found(ask, bulletin, &codes, items, product.clone()))
        })
        .collect();
    let rank = |one: &ProductMatch| {
        (one.strength, std::cmp::Reverse((one.level, one.issued_on, one.updated_at)))
    };
    matches.sort_by_key(rank);
    Ok(matches)
}

fn found<'a>(
    ask: &Ask,
    bulletin: &bulletin::Model,
    codes: &[&bulletin_product_code::Model],
    items: impl Iterator<Item = &'a spot_check_item::Model>,
    product: bulletin_product::Model,
) -> ProductMatch {
    let (strength, reasons) = judge(ask, &product, codes);
    let of = |kind: ProductCodeKind| {
        codes.iter().filter(|code| code.kind == kind).map(|code| code.code.clone()).collect()
    };
    let finding = |item: &spot_check_item::Model| ProductFinding {
        item: item.item.clone(),
        standard: item.standard.clone(),
        value: item.value_text.clone(),
        limit: item.limit_text.clone(),
        verdict: item.verdict,
    };
    ProductMatch {
        strength,
        reasons,
        bulletin_id: bulletin.id,
        number: bulletin.number.clone(),
        kind: bulletin.kind,
        status: bulletin.status,
        title: bulletin.title.clone(),
        hazard: bulletin.hazard.clone(),
        measures: bulletin.measures.clone(),
        consumer_contact: bulletin.consumer_contact.clone(),
        level: bulletin.level,
        issued_on: bulletin.issued_on,
        updated_at: bulletin.changed_at.unwrap_or(bulletin.updated_at),
        product: MatchedProduct {
            models: of(ProductCodeKind::Model),
            batches: of(ProductCodeKind::Batch),
            gtins: of(ProductCodeKind::Gtin),
            name: product.name,
            product_class: product.product_class,
            brand: product.brand,
            manufacturer: product.manufacturer,
            produced_from: product.produced_from,
            produced_until: product.produced_until,
            findings: items.map(finding).collect(),
        },
    }
}

fn readings(texts: Vec<Text>, terms: &[String]) -> Vec<Reading> {
    texts
        .into_iter()
        .filter(|(_, title, about)| speaks_of(&format!("{title} {about}"), terms))
        .take(usize::from(MOST_READINGS))
        .map(|(id, title, _)| Reading { id, title })
        .collect()
}

impl From<Offer> for TestOffer {
    fn from(row: Offer) -> Self {
        Self {
            lab_id: row.lab_id,
            lab_name: row.lab_name,
            region_code: row.region_code,
            service_id: row.service_id,
            service_kind: row.service_kind,
            service_name: row.service_name,
            product_class: row.product_class,
            standard: row.standard,
            days_needed: row.days_needed,
        }
    }
}
