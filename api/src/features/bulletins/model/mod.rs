//! Pure rules: the level of a risk, what a bulletin must say, how it is numbered, and how a sheet of
//! them is read.

mod level;
mod rows;
mod rules;
mod sheet;

pub use level::level;
pub use rows::{COLUMNS, Parsed, parse};
pub use rules::{check, number, search_text, unified};
pub use sheet::{SheetFault, read};
