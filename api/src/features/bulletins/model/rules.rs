use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};
use entity::bulletin::BulletinKind;

use crate::features::bulletins::dto::{WriteBulletin, WriteProduct};
use crate::platform::http::FieldError;
use crate::platform::product_code::{Gtin, folded};

/// Codes, and findings, of all products of one bulletin.
const MOST_PARTS: usize = 1_000;
/// Nothing was issued before.
const FIRST_YEAR: i32 = 1990;

/// What is wrong beyond lengths and shapes. Empty: nothing.
#[must_use]
pub fn check(input: &WriteBulletin, today: NaiveDate) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut need = |is_there: bool, path: &str, message: &str| {
        if !is_there {
            errors.push(FieldError::new(path, "required", message));
        }
    };
    let is_danger = matches!(input.kind, BulletinKind::ConsumerWarning | BulletinKind::Recall);
    let is_rated = input.severity.is_some() || input.probability.is_some();
    need(!is_danger || input.hazard.is_some(), "hazard", "消费警示和召回须说明危害");
    let rating = "须填写严重程度和发生概率";
    need(!(is_danger || is_rated) || input.severity.is_some(), "severity", rating);
    need(!(is_danger || is_rated) || input.probability.is_some(), "probability", rating);
    let has_remedy = !input.remedy_options.is_empty();
    need(input.kind != BulletinKind::Recall || has_remedy, "remedy_options", "召回须有补救方式");
    let mut findings = input.products.iter().flat_map(|product| &product.findings);
    let has_findings = findings.next().is_some();
    let is_check = input.kind == BulletinKind::SpotCheck;
    need(!is_check || has_findings, "products", "监督抽查须有检验项目");
    if !(FIRST_YEAR..).contains(&input.issued_on.year()) || input.issued_on > today {
        errors.push(FieldError::new(
            "issued_on",
            "out_of_range",
            "不能晚于今天，也不能早于 1990 年",
        ));
    }
    let codes =
        |product: &WriteProduct| product.models.len() + product.batches.len() + product.gtins.len();
    let parts: usize = input.products.iter().map(codes).sum();
    let items: usize = input.products.iter().map(|product| product.findings.len()).sum();
    if parts.max(items) > MOST_PARTS {
        let message =
            format!("所有产品的型号、批次、条码合计以及检验项目合计均不能超过 {MOST_PARTS}");
        errors.push(FieldError::new("products", "too_long", message));
    }
    for (index, product) in input.products.iter().enumerate() {
        let may_have_findings = is_check || input.kind == BulletinKind::QualityStatus;
        check_product(product, index, today, may_have_findings, &mut errors);
    }
    errors
}

fn check_product(
    product: &WriteProduct,
    index: usize,
    today: NaiveDate,
    may_have_findings: bool,
    errors: &mut Vec<FieldError>,
) {
    let mut wrong = |field: &str, code: &'static str, message: String| {
        errors.push(FieldError::new(&format!("products[{index}].{field}"), code, message));
    };
    let nameless = || "应含有文字或数字".to_owned();
    if folded(&product.name).is_none() {
        wrong("name", "invalid_format", nameless());
    }
    if product.brand.as_deref().is_some_and(|brand| folded(brand).is_none()) {
        wrong("brand", "invalid_format", nameless());
    }
    for (field, list) in [("models", &product.models), ("batches", &product.batches)] {
        for (at, code) in list.iter().enumerate() {
            if folded(code).is_none() {
                wrong(&format!("{field}[{at}]"), "invalid_format", nameless());
            }
        }
    }
    for (at, gtin) in product.gtins.iter().enumerate() {
        if let Err(fault) = Gtin::parse(gtin) {
            wrong(&format!("gtins[{at}]"), "gtin_invalid", fault.message());
        }
    }
    let days =
        [("produced_from", product.produced_from), ("produced_until", product.produced_until)];
    for (field, day) in days {
        if day.is_some_and(|day| !(FIRST_YEAR..).contains(&day.year()) || day > today) {
            let message = "不能晚于今天，也不能早于 1990 年".to_owned();
            wrong(field, "out_of_range", message);
        }
    }
    if let (Some(from), Some(until)) = (product.produced_from, product.produced_until)
        && until < from
    {
        wrong("produced_until", "out_of_range", "不能早于开始日期".to_owned());
    }
    if !may_have_findings && !product.findings.is_empty() {
        let message = "只有监督抽查和质量状况可以填写检验项目".to_owned();
        wrong("findings", "invalid_format", message);
    }
}

/// Blanks of lists trimmed, what stands twice once, barcodes as 14 digits. Of what was checked.
#[must_use]
pub fn unified(mut product: WriteProduct) -> WriteProduct {
    let once = |list: Vec<String>, key: fn(&str) -> Option<String>| -> Vec<String> {
        let mut seen = BTreeSet::new();
        let trimmed = list.into_iter().map(|code| code.trim().to_owned());
        trimmed.filter(|code| key(code).is_some_and(|key| seen.insert(key))).collect()
    };
    product.models = once(product.models, folded);
    product.batches = once(product.batches, folded);
    let whole = |text: &str| Gtin::parse(text).ok().map(|gtin| gtin.as_str().to_owned());
    let gtins: BTreeSet<String> = product.gtins.iter().filter_map(|gtin| whole(gtin)).collect();
    product.gtins = gtins.into_iter().collect();
    product
}

/// `RC-2026-0007`: kind, year in China, and a number that has no gaps.
#[must_use]
pub fn number(kind: BulletinKind, year: i32, serial: i64) -> String {
    let prefix = match kind {
        BulletinKind::ConsumerWarning => "CW",
        BulletinKind::Recall => "RC",
        BulletinKind::SpotCheck => "SC",
        BulletinKind::QualityStatus => "QS",
    };
    format!("{prefix}-{year}-{serial:04}")
}

/// What `q` looks in: one folded text a line.
#[must_use]
pub fn search_text(title: &str, number: Option<&str>, products: &[WriteProduct]) -> String {
    let of_product = |product: &WriteProduct| [Some(product.name.clone()), product.brand.clone()];
    let texts = [Some(title.to_owned()), number.map(str::to_owned)];
    let texts = texts.into_iter().chain(products.iter().flat_map(of_product)).flatten();
    let lines: BTreeSet<String> = texts.filter_map(|text| folded(&text)).collect();
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bulletin(change: impl FnOnce(&mut serde_json::Value)) -> WriteBulletin {
        let mut body = json!({
            "kind": "recall", "title": "召回", "summary": "召回。", "hazard": "断裂",
            "severity": 3, "probability": "thousandth", "remedy_options": ["refund"],
            "issuing_authority": "市场监管总局", "issued_on": "2026-11-01",
            "products": [{ "name": "座椅", "product_class": "other" }],
        });
        change(&mut body);
        serde_json::from_value(body).unwrap()
    }

    fn wrong(change: impl FnOnce(&mut serde_json::Value)) -> Vec<String> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        check(&bulletin(change), today).into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn a_bulletin_says_what_its_kind_must_say() {
        assert!(wrong(|_| {}).is_empty());
        let bare = |kind: &'static str| {
            wrong(move |body| {
                body["kind"] = json!(kind);
                for field in ["hazard", "severity", "probability"] {
                    body[field] = json!(null);
                }
                body["remedy_options"] = json!([]);
            })
        };
        assert_eq!(bare("recall"), ["hazard", "severity", "probability", "remedy_options"]);
        assert_eq!(bare("consumer_warning"), ["hazard", "severity", "probability"]);
        assert_eq!(bare("spot_check"), ["products"]);
        assert!(bare("quality_status").is_empty());
        assert_eq!(wrong(|body| body["severity"] = json!(null)), ["severity"]);
        for day in ["2026-11-21", "1989-12-31"] {
            assert_eq!(wrong(|body| body["issued_on"] = json!(day)), ["issued_on"]);
        }
    }

    #[test]
    fn a_product_can_be_told_from_others() {
        let product = |field: &'static str, value: serde_json::Value| {
            wrong(|body| body["products"][0][field] = value)
        };
        assert_eq!(product("brand", json!("®")), ["products[0].brand"]);
        assert_eq!(product("models", json!(["A", "--"])), ["products[0].models[1]"]);
        assert_eq!(product("gtins", json!(["6901234567892", "1"])), ["products[0].gtins[1]"]);
        assert_eq!(product("produced_from", json!("2030-01-01")), ["products[0].produced_from"]);
        let finding = json!([{ "item": "a", "standard": "b", "value": "c", "verdict": "fail" }]);
        assert_eq!(product("findings", finding), ["products[0].findings"]);
        let many: Vec<String> = (0..1_001).map(|n| format!("B{n}")).collect();
        assert_eq!(product("batches", json!(many)), ["products"]);
    }

    #[test]
    fn what_stands_twice_is_kept_once() {
        let product = bulletin(|body| {
            body["products"][0]["models"] = json!(["A-1", " a1 ", "B"]);
            body["products"][0]["gtins"] = json!(["6901234567892", "06901234567892"]);
        });
        let product = unified(product.products[0].clone());
        assert_eq!(product.models, ["A-1", "B"]);
        assert_eq!(product.gtins, ["06901234567892"]);
    }

    #[test]
    fn numbers_name_kind_and_year() {
        assert_eq!(number(BulletinKind::Recall, 2026, 7), "RC-2026-0007");
        assert_eq!(number(BulletinKind::SpotCheck, 2026, 12_345), "SC-2026-12345");
        let text = search_text("召回 A", Some("RC-2026-0007"), &bulletin(|_| {}).products);
        assert_eq!(text, "rc20260007\n召回a\n座椅");
    }
}
