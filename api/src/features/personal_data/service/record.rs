//! A row as JSON, for the one it is about or for the vault.

use sea_orm::Value;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::app::App;
use crate::features::personal_data::model::Table;
use crate::features::personal_data::queries::Row;
use crate::platform::http::AppResult;

/// What the person gets: encrypted fields opened, what is hidden left out.
pub(super) fn for_owner(app: &App, table: &Table, row: &Row) -> AppResult<Map<String, Json>> {
    let cells = row.cells().filter(|(column, _)| !table.is_hidden(column));
    cells.map(|(column, value)| field(app, table, column, value)).collect()
}

/// The whole row but for the id of who left.
pub(super) fn for_vault(
    app: &App,
    table: &Table,
    row: &Row,
    subject: Uuid,
) -> AppResult<Map<String, Json>> {
    let cells = row.cells().filter(|(_, value)| **value != Value::Uuid(Some(subject)));
    cells.map(|(column, value)| field(app, table, column, value)).collect()
}

fn field(
    app: &App,
    table: &Table,
    column: &'static str,
    value: &Value,
) -> AppResult<(String, Json)> {
    let Some(purpose) = table.purpose(column) else {
        return Ok((column.to_owned(), plain(value)));
    };
    let text = match value {
        Value::Bytes(Some(sealed)) => Json::String(app.cipher.open_text(purpose, sealed)?),
        _ => Json::Null,
    };
    Ok((column.strip_suffix("_cipher").unwrap_or(column).to_owned(), text))
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Bool(Some(flag)) => json!(flag),
        Value::SmallInt(Some(number)) => json!(number),
        Value::Int(Some(number)) => json!(number),
        Value::BigInt(Some(number)) => json!(number),
        Value::String(Some(text)) => json!(text),
        Value::Uuid(Some(id)) => json!(id),
        Value::ChronoDate(Some(day)) => json!(day),
        Value::ChronoDateTimeUtc(Some(at)) => json!(at),
        Value::Json(Some(document)) => document.as_ref().clone(),
        Value::Bytes(Some(bytes)) => json!(hex::encode(bytes)),
        _ => Json::Null,
    }
}
