//! What is asked for, and how well a product answers it.

use std::collections::BTreeSet;

use entity::bulletin_product;
use entity::bulletin_product_code::{self, ProductCodeKind};
use entity::lab_capability::ProductClass;

use super::dto::{MatchReason, MatchStrength, ProductQuery};
use crate::platform::http::{AppError, ErrorCode, FieldError};
use crate::platform::product_code::{Gtin, folded};

const MOST_CHARS: usize = 80;
const MOST_SCANNED: usize = 1_000;
const MOST_TERMS: usize = 12;

/// A question in the spelling of the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    pub gtin: Option<Gtin>,
    pub brand: Option<String>,
    pub model: Option<String>,
    pub text: Option<String>,
    pub class: Option<ProductClass>,
}

impl Ask {
    /// # Errors
    /// `gtin_invalid` with the digit that was expected; `validation_failed` for nothing to look for.
    pub fn of(query: &ProductQuery) -> Result<Self, AppError> {
        let mut ask = Self {
            gtin: query.gtin.as_deref().map(gtin).transpose()?,
            brand: key("brand", query.brand.as_deref())?,
            model: key("model", query.model.as_deref())?,
            text: None,
            class: query.class,
        };
        // A number that can be a barcode is one, whoever typed it where.
        match query.q.as_deref().map(|text| (Gtin::scanned(text), text)) {
            Some((Ok(gtin), text)) if ask.gtin.is_none() => {
                ask.gtin = Some(gtin);
                // Some models look like one.
                ask.text = folded(text).filter(|key| key.bytes().all(|b| b.is_ascii_digit()));
            }
            Some((_, text)) => ask.text = key("q", Some(text))?,
            None => {}
        }
        let known = [&ask.brand, &ask.model, &ask.text];
        if ask.gtin.is_none() && known.iter().all(|part| part.is_none()) {
            let message = "请提供商品条码、品牌、型号或关键词";
            return Err(FieldError::new("q", "required", message).into());
        }
        Ok(ask)
    }
}

fn gtin(text: &str) -> Result<Gtin, AppError> {
    let text = text.get(..MOST_SCANNED).unwrap_or(text);
    Gtin::scanned(text).map_err(|fault| {
        let field = FieldError::new("gtin", "invalid_format", fault.message());
        AppError::new(ErrorCode::GtinInvalid).with_field(field)
    })
}

fn key(field: &str, text: Option<&str>) -> Result<Option<String>, AppError> {
    let Some(text) = text else { return Ok(None) };
    let key = folded(text).filter(|_| text.chars().count() <= MOST_CHARS);
    let wrong = || {
        let message = "应为 1 至 80 个字符，并含有文字或数字";
        FieldError::new(field, "invalid_format", message)
    };
    Ok(Some(key.ok_or_else(wrong)?))
}

/// How well a product answers, and in what. `codes` are its own.
#[must_use]
pub fn judge(
    ask: &Ask,
    product: &bulletin_product::Model,
    codes: &[&bulletin_product_code::Model],
) -> (MatchStrength, Vec<MatchReason>) {
    let has = |kind: ProductCodeKind, key: &str| {
        codes.iter().any(|code| code.kind == kind && code.code_key == key)
    };
    let is_brand = |key: &String| product.brand_key.as_ref() == Some(key);
    let is_model = |key: &String| has(ProductCodeKind::Model, key);
    let mut reasons = BTreeSet::new();
    if ask.gtin.as_ref().is_some_and(|gtin| has(ProductCodeKind::Gtin, gtin.as_str())) {
        reasons.insert(MatchReason::Gtin);
    }
    if ask.brand.iter().chain(&ask.text).any(is_brand) {
        reasons.insert(MatchReason::Brand);
    }
    if ask.model.iter().chain(&ask.text).any(is_model) {
        reasons.insert(MatchReason::Model);
    }
    if ask.text.as_ref().is_some_and(|text| product.name_key.contains(text.as_str())) {
        reasons.insert(MatchReason::Name);
    }
    // One word that is both brand and model is no proof; both asked for by name are.
    let is_named =
        ask.brand.as_ref().is_some_and(is_brand) && ask.model.as_ref().is_some_and(is_model);
    let is_sure = reasons.contains(&MatchReason::Gtin) || is_named;
    let strength = if is_sure { MatchStrength::Alert } else { MatchStrength::PleaseCheck };
    (strength, reasons.into_iter().collect())
}

/// Folded words by which something to read has to do with a product, and not too many of them.
#[must_use]
pub fn terms(ask: &Ask, classes: &BTreeSet<ProductClass>, names: &[&str]) -> Vec<String> {
    let labels = classes.iter().filter(|class| **class != ProductClass::Other);
    let labels = labels.filter_map(|class| folded(class.label()));
    let asked = ask.text.iter().chain(&ask.brand).cloned();
    let all = asked.chain(labels).chain(names.iter().filter_map(|name| folded(name)));
    let mut terms = Vec::new();
    for term in all {
        // One character stands in everything.
        if term.chars().count() > 1 && !terms.contains(&term) && terms.len() < MOST_TERMS {
            terms.push(term);
        }
    }
    terms
}

/// Whether a text speaks of one of the terms.
#[must_use]
pub fn speaks_of(text: &str, terms: &[String]) -> bool {
    folded(text).is_some_and(|text| terms.iter().any(|term| text.contains(term.as_str())))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ask(gtin: &str, brand: &str, model: &str, q: &str) -> Ask {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let [gtin, brand, model, q] = [gtin, brand, model, q].map(text);
        Ask::of(&ProductQuery { gtin, brand, model, q, class: None }).unwrap()
    }

    fn judged(ask: &Ask) -> (MatchStrength, Vec<MatchReason>) {
        let product = bulletin_product::Model {
            id: Uuid::nil(),
            bulletin_id: Uuid::nil(),
            position: 1,
            name: "儿童安全座椅".to_owned(),
            product_class: ProductClass::Other,
            brand: None,
            manufacturer: None,
            retailer: None,
            produced_from: None,
            produced_until: None,
            name_key: "儿童安全座椅".to_owned(),
            brand_key: Some("abc".to_owned()),
        };
        let code = |kind, key: &str| bulletin_product_code::Model {
            product_id: Uuid::nil(),
            kind,
            code_key: key.to_owned(),
            code: key.to_owned(),
            position: 1,
        };
        let codes = [
            code(ProductCodeKind::Gtin, "06901234567892"),
            code(ProductCodeKind::Model, "x1"),
            code(ProductCodeKind::Model, "12345670"),
        ];
        judge(ask, &product, &codes.iter().collect::<Vec<_>>())
    }

    #[test]
    fn only_a_barcode_or_brand_and_model_are_an_alert() {
        use MatchReason::{Brand, Gtin, Model, Name};
        use MatchStrength::{Alert, PleaseCheck};
        for (asked, wanted) in [
            (ask("6901234567892", "", "", ""), (Alert, vec![Gtin])),
            (ask("", "", "", "690-1234567892"), (Alert, vec![Gtin])),
            (ask("", "", "", "1234-5670"), (PleaseCheck, vec![Model])),
            (ask("", "A.B.C", "x-1", ""), (Alert, vec![Brand, Model])),
            (ask("", "abc", "", ""), (PleaseCheck, vec![Brand])),
            (ask("", "abc", "x2", ""), (PleaseCheck, vec![Brand])),
            (ask("", "", "X1", ""), (PleaseCheck, vec![Model])),
            (ask("", "", "", "安全 座椅"), (PleaseCheck, vec![Name])),
            (ask("", "", "", "ABC"), (PleaseCheck, vec![Brand])),
            (ask("6901234567892", "xyz", "", ""), (Alert, vec![Gtin])),
        ] {
            assert_eq!(judged(&asked), wanted, "{asked:?}");
        }
    }

    #[test]
    fn a_question_that_asks_nothing_is_refused() {
        assert!(Ask::of(&ProductQuery::default()).is_err());
        let q = Some("---".to_owned());
        assert!(Ask::of(&ProductQuery { q, ..ProductQuery::default() }).is_err());
        let gtin = Some("6901234567890".to_owned());
        let error = Ask::of(&ProductQuery { gtin, ..ProductQuery::default() }).unwrap_err();
        assert_eq!(error.code(), ErrorCode::GtinInvalid);
        assert!(error.field_errors()[0].message.contains('2'));
    }

    #[test]
    fn what_to_read_is_found_by_class_and_name() {
        let classes = BTreeSet::from([ProductClass::HouseholdAppliances, ProductClass::Other]);
        let terms = terms(&ask("", "", "", "座椅"), &classes, &["电热毯", "灯"]);
        assert!(speaks_of("冬季使用电热毯的提示", &terms));
        assert!(speaks_of("家用电器质量月", &terms));
        assert!(!speaks_of("其他灯具", &terms));
    }
}
