//! The rows of one bulletin on their way to become a request.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::bulletin::{BulletinKind, Probability, RemedyOption};
use entity::lab_capability::ProductClass;
use entity::lab_result::ResultVerdict;

use super::columns::{COLUMNS, Level};
use super::words::{class, day, expected, kind, list, number, probability, remedies, verdict};
use super::{Draft, Problems};
use crate::features::bulletins::dto::{WriteBulletin, WriteFinding, WriteProduct};

/// Rows of one bulletin on their way.
pub(super) struct Group {
    row: u32,
    said: HashMap<&'static str, String>,
    products: Vec<Product>,
    is_torn: bool,
}

struct Product {
    row: u32,
    said: HashMap<&'static str, String>,
    findings: Vec<(u32, HashMap<&'static str, String>)>,
}

impl Group {
    pub(super) fn at(row: u32) -> Self {
        Self { row, said: HashMap::new(), products: Vec::new(), is_torn: false }
    }

    /// Another row. One that is torn spoils its bulletin, whatever else it says.
    pub(super) fn take(
        &mut self,
        row: u32,
        said: HashMap<&'static str, String>,
        is_torn: bool,
        problems: &mut Problems,
    ) {
        self.is_torn |= is_torn;
        let (mut product, mut finding) = (HashMap::new(), HashMap::new());
        for (path, text) in said {
            match COLUMNS.iter().find(|column| column.path == path).map(|column| column.level) {
                Some(Level::Product) => drop(product.insert(path, text)),
                Some(Level::Finding) => drop(finding.insert(path, text)),
                Some(Level::Bulletin) => match self.said.get(path) {
                    Some(known) if *known != text => {
                        self.is_torn = true;
                        let message = "与同一公告前面的行不一致";
                        problems.note(row, path, "conflict", message);
                    }
                    Some(_) => {}
                    None => drop(self.said.insert(path, text)),
                },
                None => {}
            }
        }
        let is_same = |known: &Product| product.is_empty() || known.said == product;
        match self.products.last_mut().filter(|known| is_same(known)) {
            Some(known) if !finding.is_empty() => known.findings.push((row, finding)),
            Some(_) if !product.is_empty() => {
                self.is_torn = true;
                problems.note(row, "name", "conflict", "与上一行是同一产品");
            }
            // A row that says something of the bulletin alone.
            Some(_) => {}
            None => {
                let findings = if finding.is_empty() { Vec::new() } else { vec![(row, finding)] };
                self.products.push(Product { row, said: product, findings });
            }
        }
    }

    /// `None` when something is missing or unreadable, which is then noted.
    pub(super) fn draft(self, problems: &mut Problems) -> Option<Draft> {
        let mut head = Reader {
            row: self.row,
            said: self.said,
            problems: &mut *problems,
            is_whole: !self.is_torn,
        };
        let bulletin = Bulletin {
            kind: head.needed("kind", kind),
            title: head.needed("title", some),
            summary: head.needed("summary", some),
            issuing_authority: head.needed("issuing_authority", some),
            issued_on: head.needed("issued_on", day),
            severity: head.maybe("severity", number),
            probability: head.maybe("probability", probability),
            remedy_options: head.maybe("remedy_options", remedies).unwrap_or_default(),
            number_of_units: head.maybe("number_of_units", number),
            text: head.said,
        };
        let (mut is_whole, mut products, mut places) = (head.is_whole, Vec::new(), Vec::new());
        for product in self.products {
            let rows = product.findings.iter().map(|(row, _)| *row).collect();
            places.push((product.row, rows));
            match product.read(problems) {
                Some(read) => products.push(read),
                None => is_whole = false,
            }
        }
        let bulletin = bulletin.with(products).filter(|_| is_whole)?;
        Some(Draft { bulletin, row: self.row, products: places })
    }
}

/// What a bulletin says, as far as it could be read.
struct Bulletin {
    kind: Option<BulletinKind>,
    title: Option<String>,
    summary: Option<String>,
    issuing_authority: Option<String>,
    issued_on: Option<NaiveDate>,
    severity: Option<i16>,
    probability: Option<Probability>,
    remedy_options: Vec<RemedyOption>,
    number_of_units: Option<i64>,
    text: HashMap<&'static str, String>,
}

impl Bulletin {
    fn with(mut self, products: Vec<WriteProduct>) -> Option<WriteBulletin> {
        let mut text = |path: &str| self.text.remove(path);
        Some(WriteBulletin {
            kind: self.kind?,
            title: self.title?,
            summary: self.summary?,
            hazard: text("hazard"),
            harm: text("harm"),
            severity: self.severity,
            probability: self.probability,
            injuries: text("injuries"),
            measures: text("measures"),
            remedy_options: self.remedy_options,
            number_of_units: self.number_of_units,
            consumer_contact: text("consumer_contact"),
            issuing_authority: self.issuing_authority?,
            source_document: text("source_document"),
            source_url: text("source_url"),
            issued_on: self.issued_on?,
            region_code: text("region_code"),
            products,
        })
    }
}

impl Product {
    fn read(self, problems: &mut Problems) -> Option<WriteProduct> {
        let problem_list = &mut *problems;
        let mut cells =
            Reader { row: self.row, said: self.said, problems: problem_list, is_whole: true };
        let name = cells.needed("name", some);
        let product_class: Option<ProductClass> = cells.needed("product_class", class);
        let [models, batches, gtins] = ["models", "batches", "gtins"]
            .map(|path| cells.maybe(path, |text| Some(list(text))).unwrap_or_default());
        let produced_from = cells.maybe("produced_from", day);
        let produced_until = cells.maybe("produced_until", day);
        let mut text = |path: &str| cells.said.remove(path);
        let (brand, manufacturer, retailer) =
            (text("brand"), text("manufacturer"), text("retailer"));
        let (mut is_whole, mut findings) = (cells.is_whole, Vec::new());
        for (row, said) in self.findings {
            let mut cells = Reader { row, said, problems: &mut *problems, is_whole: true };
            let item = cells.needed("item", some);
            let standard = cells.needed("standard", some);
            let value = cells.needed("value", some);
            let verdict: Option<ResultVerdict> = cells.needed("verdict", verdict);
            let limit = cells.said.remove("limit");
            let whole = item.zip(standard).zip(value.zip(verdict));
            is_whole &= whole.is_some();
            findings.extend(whole.map(|((item, standard), (value, verdict))| WriteFinding {
                item,
                standard,
                value,
                limit,
                verdict,
            }));
        }
        let (name, product_class) = name.zip(product_class).filter(|_| is_whole)?;
        Some(WriteProduct {
            name,
            product_class,
            brand,
            models,
            batches,
            gtins,
            manufacturer,
            retailer,
            produced_from,
            produced_until,
            findings,
        })
    }
}

/// Cells of one row, read one by one.
struct Reader<'a> {
    row: u32,
    said: HashMap<&'static str, String>,
    problems: &'a mut Problems,
    is_whole: bool,
}

impl Reader<'_> {
    fn maybe<T>(&mut self, path: &'static str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.said.remove(path)?;
        let value = read(&text);
        if value.is_none() {
            self.is_whole = false;
            let message = expected(path);
            self.problems.note(self.row, path, "unknown_value", message);
        }
        value
    }

    fn needed<T>(&mut self, path: &'static str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        if !self.said.contains_key(path) {
            self.is_whole = false;
            self.problems.note(self.row, path, "required", "必填");
            return None;
        }
        self.maybe(path, read)
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
