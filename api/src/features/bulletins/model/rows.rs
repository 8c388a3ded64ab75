//! Rows of a sheet as bulletins, and everything that is wrong with them, cell by cell.
//!
//! A row is a product, or one more finding on the product above it. Rows with the same number in the first
//! column are one bulletin; what is said of the bulletin stands in its first row and may be left out, or
//! repeated, below.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::check;
use super::sheet::{Cell, MOST_IN_CELL, Rows};
use crate::features::bulletins::dto::{RowProblem, WriteBulletin};
use crate::platform::http::{FieldError, faults};

mod columns;
mod group;
mod words;

pub use columns::COLUMNS;
use columns::Column;
use columns::title_of;
use group::Group;

/// Bulletins of one sheet.
const MOST_BULLETINS: usize = 200;
/// Mistakes that are listed; more are counted.
const MOST_PROBLEMS: usize = 500;

/// A sheet as far as it could be read.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Rows below the head that hold something.
    pub rows: usize,
    pub drafts: Vec<Draft>,
    pub problems: Problems,
}

/// The first mistakes, and how many there are.
#[derive(Debug, Default)]
pub struct Problems {
    pub listed: Vec<RowProblem>,
    pub count: usize,
}

/// A bulletin, and where in the sheet its parts stand.
#[derive(Debug)]
pub struct Draft {
    pub bulletin: WriteBulletin,
    /// The row of its first mention, and of each product with its findings.
    row: u32,
    products: Vec<(u32, Vec<u32>)>,
}

impl Problems {
    pub fn add(&mut self, problem: RowProblem) {
        self.count += 1;
        if self.listed.len() < MOST_PROBLEMS {
            self.listed.push(problem);
        }
    }

    fn note(&mut self, row: u32, path: &str, code: &str, message: &str) {
        let column = title_of(path).unwrap_or_default().to_owned();
        self.add(RowProblem { row, column, code: code.to_owned(), message: message.to_owned() });
    }

    /// By row, as somebody goes through the sheet.
    fn sorted(mut self) -> Self {
        self.listed.sort_by(|a, b| (a.row, &a.column).cmp(&(b.row, &b.column)));
        self
    }
}

impl Draft {
    /// Where in the sheet a mistake stands: `products[1].findings[0].value` is in the row of that finding.
    #[must_use]
    pub fn problem(&self, error: &FieldError) -> RowProblem {
        let mut numbers = error.path.split(['[', ']']).filter_map(|part| part.parse().ok());
        let is_product = error.path.starts_with("products[");
        let product = numbers.next().filter(|_| is_product);
        let product = product.and_then(|index: usize| self.products.get(index));
        let is_finding = error.path.contains("findings[");
        let finding = product.zip(numbers.next().filter(|_| is_finding));
        let finding = finding.and_then(|((_, rows), index)| rows.get(index).copied());
        let row = finding.or(product.map(|(row, _)| *row)).unwrap_or(self.row);
        // The last name of the path is that of a column.
        let mut names = error.path.rsplit('.').map(|name| name.split('[').next().unwrap_or(name));
        let column = names.find_map(title_of).unwrap_or_default().to_owned();
        let code = error.code.to_owned();
        RowProblem { row, column, code, message: error.message.clone() }
    }
}

/// Reads what the rows say.
#[must_use]
pub fn parse(rows: Rows, today: NaiveDate) -> Parsed {
    let mut parsed = Parsed::default();
    let mut rows = rows.0.into_iter();
    let Some((at, head)) = rows.next() else {
        parsed.problems.note(1, "", "missing_column", "表格是空的");
        return parsed;
    };
    let columns = columns_of(at, head, &mut parsed.problems);
    if parsed.problems.count > 0 {
        return parsed;
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (row, cells) in rows {
        parsed.rows += 1;
        let (said, is_torn) = texts(row, cells, &columns, &mut parsed.problems);
        let Some(reference) = said.get("reference") else {
            parsed.problems.note(row, "reference", "required", "必填");
            continue;
        };
        let index = *known.entry(reference.clone()).or_insert_with(|| {
            groups.push(Group::at(row));
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(index) {
            group.take(row, said, is_torn, &mut parsed.problems);
        }
    }
    if parsed.rows == 0 {
        parsed.problems.note(at, "", "required", "表头以下没有内容");
    }
    if groups.len() > MOST_BULLETINS {
        let message = format!("一次最多导入 {MOST_BULLETINS} 份公告");
        parsed.problems.note(at, "", "too_many", &message);
        return parsed;
    }
    for group in groups {
        let Some(draft) = group.draft(&mut parsed.problems) else { continue };
        let wrong = faults(&draft.bulletin);
        // Rules beyond shapes are for what has its shape.
        let wrong = if wrong.is_empty() { check(&draft.bulletin, today) } else { wrong };
        for error in &wrong {
            parsed.problems.add(draft.problem(error));
        }
        parsed.drafts.push(draft);
    }
    parsed.problems = std::mem::take(&mut parsed.problems).sorted();
    parsed
}

/// Which column of the sheet holds what.
fn columns_of(
    row: u32,
    head: BTreeMap<u32, Cell>,
    problems: &mut Problems,
) -> HashMap<u32, &'static Column> {
    let mut columns: HashMap<u32, &'static Column> = HashMap::new();
    for (at, cell) in head {
        let Cell::Text(text) = cell else { continue };
        let title = text.trim().trim_end_matches(['*', '＊']);
        let mut add = |code: &str, message: &str| {
            let column = title.chars().take(40).collect();
            let (code, message) = (code.to_owned(), message.to_owned());
            problems.add(RowProblem { row, column, code, message });
        };
        match COLUMNS.iter().find(|column| column.title == title) {
            None => add("unknown_column", "不认识的列，请按模板填写表头"),
            Some(column) if columns.values().any(|known| known.path == column.path) => {
                add("conflict", "该列出现了两次");
            }
            Some(column) => {
                columns.insert(at, column);
            }
        }
    }
    for column in COLUMNS.iter().filter(|column| column.is_needed) {
        if !columns.values().any(|known| known.path == column.path) {
            problems.note(row, column.path, "missing_column", "缺少该列");
        }
    }
    columns
}

/// What one row says, by column, and whether a cell could not be read.
fn texts(
    row: u32,
    cells: BTreeMap<u32, Cell>,
    columns: &HashMap<u32, &'static Column>,
    problems: &mut Problems,
) -> (HashMap<&'static str, String>, bool) {
    let (mut said, mut is_torn) = (HashMap::new(), false);
    for (at, cell) in cells {
        let Some(column) = columns.get(&at) else {
            let message = "表头以外的列不能有内容";
            problems.note(row, "", "unknown_column", message);
            continue;
        };
        let (code, message) = match cell {
            Cell::Text(text) => {
                said.insert(column.path, text.trim().to_owned());
                continue;
            }
            Cell::Formula => ("formula", "不能使用公式，请粘贴为数值".to_owned()),
            Cell::Fault => ("invalid_format", "单元格的值是错误值".to_owned()),
            Cell::TooLong => ("too_long", format!("长度不能超过 {MOST_IN_CELL}")),
        };
        is_torn = true;
        problems.note(row, column.path, code, &message);
    }
    (said, is_torn)
}

#[cfg(test)]
mod tests;
