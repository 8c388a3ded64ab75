//! All that holds as one CSV file (RFC 4180), a row for each product, read and sent page by page.

use std::collections::HashMap;

use bytes::Bytes;
use entity::bulletin;
use entity::bulletin_product_code::ProductCodeKind;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use uuid::Uuid;

use super::read::selection;
use crate::app::App;
use crate::features::bulletins::dto::{BulletinSelection, Loaded, remedy_options};
use crate::features::bulletins::queries::{self, Selection};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::Cursor;
use crate::platform::http::{AppError, AppResult};

/// Bulletins that are read at once.
const PAGE: u64 = 100;
/// By which spreadsheet programs know UTF-8.
const MARK: &str = "\u{feff}";
const HEAD: [&str; 26] = [
    "id",
    "number",
    "kind",
    "status",
    "title",
    "issued_on",
    "level",
    "hazard",
    "harm",
    "measures",
    "remedy_options",
    "number_of_units",
    "product",
    "product_class",
    "brand",
    "models",
    "batches",
    "gtins",
    "manufacturer",
    "retailer",
    "consumer_contact",
    "issuing_authority",
    "source_url",
    "region_code",
    "published_at",
    "updated_at",
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
    let (mut products, mut codes) =
        (HashMap::<Uuid, Vec<_>>::new(), HashMap::<Uuid, Vec<_>>::new());
    for product in queries::products(db, ids()).await? {
        products.entry(product.bulletin_id).or_default().push(product);
    }
    for code in queries::codes(db, ids()).await? {
        codes.entry(code.product_id).or_default().push(code);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    if reading.is_first {
        writer.write_record(HEAD).map_err(AppError::internal)?;
    }
    for row in rows {
        let products = products.remove(&row.id).unwrap_or_default();
        let codes = products.iter().filter_map(|product| codes.remove(&product.id)).flatten();
        let codes = codes.collect();
        let loaded = Loaded { row, products, codes, items: Vec::new(), events: Vec::new() };
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
    let cells = |product: &entity::bulletin_product::Model| {
        let codes = |kind| list(loaded.codes_of(product.id, kind));
        let cells = [
            row.id.to_string(),
            maybe(&row.number),
            row.kind.as_str(),
            row.status.as_str(),
            row.title.clone(),
            row.issued_on.to_string(),
            row.level.map(|level| level.as_str()).unwrap_or_default(),
            maybe(&row.hazard),
            maybe(&row.harm),
            maybe(&row.measures),
            remedies.clone(),
            row.number_of_units.map(|units| units.to_string()).unwrap_or_default(),
            product.name.clone(),
            product.product_class.as_str(),
            maybe(&product.brand),
            codes(ProductCodeKind::Model),
            codes(ProductCodeKind::Batch),
            codes(ProductCodeKind::Gtin),
            maybe(&product.manufacturer),
            maybe(&product.retailer),
            maybe(&row.consumer_contact),
            row.issuing_authority.clone(),
            maybe(&row.source_url),
            maybe(&row.region_code),
            row.published_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            row.changed_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
        ];
        cells.into_iter().map(harmless).collect()
    };
    loaded.products.iter().map(cells).collect()
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
