//! All that holds as one CSV file (RFC 4180), a row for each product, read and sent page by page.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use entity::bulletin::{self, Probability, RiskLevel};
use entity::bulletin_product;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use uuid::Uuid;

use super::read::selection;
use crate::app::App;
use crate::features::bulletins::dto::{BulletinSelection, FindingView, Loaded, remedy_options};
use crate::features::bulletins::queries::{self, Selection};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Cursor;
use crate::platform::http::{AppError, AppResult};

/// Bulletins that are read at once.
const PAGE: u64 = 100;
/// By which spreadsheet programs know UTF-8.
const MARK: &str = "\u{feff}";
const HEAD: [&str; 35] = [
    "id",
    "number",
    "kind",
    "status",
    "title",
    "summary",
    "issued_on",
    "level",
    "severity",
    "probability",
    "hazard",
    "harm",
    "injuries",
    "measures",
    "remedy_options",
    "number_of_units",
    "product",
    "product_class",
    "brand",
    "models",
    "batches",
    "gtins",
    "produced_from",
    "produced_until",
    "manufacturer",
    "retailer",
    "findings",
    "consumer_contact",
    "issuing_authority",
    "source_document",
    "source_url",
    "region_code",
    "published_at",
    "updated_at",
    "change_note",
];

struct Reading {
    app: App,
    selection: Selection,
    cursor: Option<Cursor>,
    is_first: bool,
    is_over: bool,
}

/// The parts of the file one after the other.
pub async fn download_bulletins(
    ctx: &Ctx<perm::Public>,
    asked: BulletinSelection,
) -> AppResult<impl Stream<Item = AppResult<Bytes>> + use<>> {
    let selection = selection(&ctx.app.db, asked).await?;
    let app = ctx.app.clone();
    let reading = Reading { app, selection, cursor: None, is_first: true, is_over: false };
    Ok(try_unfold(reading, |reading| async move {
        if reading.is_over {
            return Ok(None);
        }
        let (part, reading) = next(reading).await?;
        Ok(Some((part, reading)))
    }))
}

async fn next(mut reading: Reading) -> AppResult<(Bytes, Reading)> {
    let db = &reading.app.db;
    let mut rows = queries::in_force_page(db, &reading.selection, reading.cursor, PAGE).await?;
    // The page brings one more than was asked for, to tell the end.
    let has_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    if has_more {
        rows.pop();
    }
    let place = |row: &bulletin::Model| row.changed_at.map(|at| Cursor { at, id: row.id });
    reading.cursor = rows.last().and_then(place);
    reading.is_over = !has_more;
    let ids = || rows.iter().map(|row| row.id);
    let mut products = HashMap::<Uuid, Vec<_>>::new();
    let (mut codes, mut items) = (HashMap::<Uuid, Vec<_>>::new(), HashMap::<Uuid, Vec<_>>::new());
    for product in queries::products(db, ids()).await? {
        products.entry(product.bulletin_id).or_default().push(product);
    }
    for code in queries::codes(db, ids()).await? {
        codes.entry(code.product_id).or_default().push(code);
    }
    for item in queries::items(db, ids()).await? {
        items.entry(item.product_id).or_default().push(item);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    if reading.is_first {
        writer.write_record(HEAD).map_err(AppError::internal)?;
    }
    for row in rows {
        let products = products.remove(&row.id).unwrap_or_default();
        let codes = products.iter().filter_map(|product| codes.remove(&product.id)).flatten();
        let codes = codes.collect();
        let items = products.iter().filter_map(|product| items.remove(&product.id)).flatten();
        let items = items.collect();
        let loaded = Loaded { row, products, codes, items, events: Vec::new() };
        for record in records(&loaded) {
            writer.write_record(record).map_err(AppError::internal)?;
        }
    }
    let text = writer.into_inner().map_err(|cause| AppError::internal(cause.to_string()))?;
    let mark = if std::mem::take(&mut reading.is_first) { MARK.as_bytes() } else { b"" };
    Ok(([mark, &text].concat().into(), reading))
}

fn records(loaded: &Loaded) -> Vec<Vec<String>> {
    let row = &loaded.row;
    let list = |list: Vec<String>| list.join("; ");
    let maybe = |text: &Option<String>| text.clone().unwrap_or_default();
    let remedies = remedy_options(row).into_iter().map(|option| option.as_str()).collect();
    let remedies = list(remedies);
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let instant = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let cells = |product: &bulletin_product::Model| {
        let product = loaded.product(product);
        let cells = [
            row.id.to_string(),
            maybe(&row.number),
            row.kind.as_str(),
            row.status.as_str(),
            row.title.clone(),
            row.summary.clone(),
            row.issued_on.to_string(),
            row.level.map(RiskLevel::as_str).unwrap_or_default(),
            row.severity.map(|severity| severity.to_string()).unwrap_or_default(),
            row.probability.map(Probability::as_str).unwrap_or_default(),
            maybe(&row.hazard),
            maybe(&row.harm),
            maybe(&row.injuries),
            maybe(&row.measures),
            remedies.clone(),
            row.number_of_units.map(|units| units.to_string()).unwrap_or_default(),
            product.name,
            product.product_class.as_str(),
            maybe(&product.brand),
            list(product.models),
            list(product.batches),
            list(product.gtins),
            day(product.produced_from),
            day(product.produced_until),
            maybe(&product.manufacturer),
            maybe(&product.retailer),
            list(product.findings.iter().map(finding).collect()),
            maybe(&row.consumer_contact),
            row.issuing_authority.clone(),
            maybe(&row.source_document),
            maybe(&row.source_url),
            maybe(&row.region_code),
            instant(row.published_at),
            instant(row.changed_at),
            maybe(&row.change_note),
        ];
        cells.into_iter().map(harmless).collect()
    };
    loaded.products.iter().map(cells).collect()
}

/// `甲醛, GB 18401-2010, 120 mg/kg, ≤ 75 mg/kg, fail`
fn finding(found: &FindingView) -> String {
    let FindingView { item, standard, value, limit, verdict } = found;
    let verdict = verdict.as_str();
    let parts = [item, standard, value, limit.as_deref().unwrap_or_default(), &verdict];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// Text that a spreadsheet program would take for a formula begins with an apostrophe (OWASP, CSV
/// injection).
fn harmless(text: String) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula || text.starts_with(['\t', '\r', '\n']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_formula_stays_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\rx", "＝1"] {
            assert!(harmless(text.to_owned()).starts_with('\''), "{text}");
        }
        for text in ["", "座椅", "A-1", "1=1", "2026-11-20"] {
            assert_eq!(harmless(text.to_owned()), text);
        }
    }
}
