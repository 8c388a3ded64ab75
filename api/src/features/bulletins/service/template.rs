use bytes::Bytes;
use chrono::{DateTime, Utc};
use rust_xlsxwriter::{DocProperties, Format, Workbook, XlsxError};

use crate::features::bulletins::model::COLUMNS;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult};

/// An empty sheet with our head, and what may stand below it. A few kilobytes, made at once.
pub fn get_bulletin_template(ctx: &Ctx<perm::BulletinEdit>) -> AppResult<Bytes> {
    Ok(template(ctx.now).map_err(AppError::internal)?.into())
}

fn template(made_at: DateTime<Utc>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&made_at));
    let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    let sheet = book.add_worksheet().set_name("公告")?;
    for (column, of) in (0..).zip(COLUMNS) {
        // As text, so that barcodes and dates stay what was typed.
        sheet.set_column_format(column, &text)?;
        let mark = if of.is_needed { "*" } else { "" };
        sheet.write_string_with_format(0, column, format!("{}{mark}", of.title), &bold)?;
    }
    let notes = book.add_worksheet().set_name("填写说明")?;
    for (row, of) in (0..).zip(COLUMNS) {
        notes.write_string_with_format(row, 0, of.title, &bold)?;
        notes.write_string(row, 1, of.hint)?;
    }
    book.save_to_buffer()
}
