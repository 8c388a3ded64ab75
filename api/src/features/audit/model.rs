//! What can be searched for, and how an entry stands in a file.

use chrono::{DateTime, Datelike, Utc};
use entity::audit_entry;
use entity::audit_export::AuditExportFormat;
use serde::Serialize;
use serde_json::{Value, json};

use super::dto::{AuditCriteria, AuditEntryView};
use crate::platform::http::{AppError, AppResult, FieldError};

/// Refuses what no entry can hold. `path` is where the criteria stand in the request.
pub fn check(criteria: &AuditCriteria, path: &str) -> AppResult<()> {
    let word = |text: &str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.'))
    };
    let line = |text: &str| (1..=200).contains(&text.len()) && !text.chars().any(char::is_control);
    let id = |text: &str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let wrong = [
        ("action", criteria.action.as_deref().is_some_and(|text| !word(text))),
        ("object_kind", criteria.object_kind.as_deref().is_some_and(|text| !word(text))),
        ("object_id", criteria.object_id.as_deref().is_some_and(|text| !line(text))),
        ("request_id", criteria.request_id.as_deref().is_some_and(|text| !id(text))),
        ("from", criteria.from.is_some_and(|at| !is_storable(at))),
        ("to", criteria.to.is_some_and(|at| !is_storable(at))),
    ];
    let wrong: Vec<FieldError> = wrong
        .into_iter()
        .filter(|(_, is_wrong)| *is_wrong)
        .map(|(field, _)| FieldError::new(&format!("{path}{field}"), "invalid_format", "格式有误"))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(AppError::fields(wrong)) }
}

/// Beyond this PostgreSQL has no timestamp.
fn is_storable(at: DateTime<Utc>) -> bool {
    (1970..10_000).contains(&at.year())
}

/// The criteria as the trail keeps them: what somebody typed may be anything, so of that only the
/// field's name.
#[must_use]
pub fn described(criteria: &AuditCriteria) -> Value {
    json!({
        "actor_id": criteria.actor_id,
        "action": criteria.action,
        "object_kind": criteria.object_kind,
        "object_id": criteria.object_id.as_ref().map(|_| true),
        "request_id": criteria.request_id.as_ref().map(|_| true),
        "from": criteria.from,
        "to": criteria.to,
    })
}

/// A line of an export: the entry, and what proves it to whoever has the key.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    entry: AuditEntryView,
    mac: String,
    link: Option<String>,
}

const COLUMNS: [&str; 18] = [
    "seq",
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "action",
    "object_kind",
    "object_id",
    "outcome",
    "request_id",
    "session_id",
    "address",
    "client",
    "before_digest",
    "after_digest",
    "details",
    "mac",
    "link",
];

/// The next part of a file. Each entry comes with its address in clear.
///
/// # Errors
/// An entry cannot be serialised.
pub fn part(
    format: AuditExportFormat,
    is_first: bool,
    entries: Vec<(audit_entry::Model, Option<String>)>,
) -> AppResult<Vec<u8>> {
    let lines = entries.into_iter().map(|(row, address)| Line {
        mac: hex::encode(&row.mac),
        link: row.link.as_ref().map(hex::encode),
        entry: AuditEntryView::of(row, address),
    });
    match format {
        AuditExportFormat::Jsonl => {
            let mut out = Vec::new();
            for line in lines {
                serde_json::to_writer(&mut out, &line).map_err(AppError::internal)?;
                out.push(b'\n');
            }
            Ok(out)
        }
        AuditExportFormat::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            if is_first {
                writer.write_record(COLUMNS).map_err(AppError::internal)?;
            }
            for line in lines {
                let line = serde_json::to_value(&line).map_err(AppError::internal)?;
                let cells = COLUMNS.map(|name| line.get(name).map_or_else(String::new, cell));
                writer.write_record(cells).map_err(AppError::internal)?;
            }
            writer.into_inner().map_err(|error| AppError::internal(error.to_string()))
        }
    }
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    // A spreadsheet would run what begins like a formula.
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(cell(&json!("=1+1")), "'=1+1");
        assert_eq!(cell(&json!("-1")), "'-1");
        assert_eq!(cell(&json!({ "a": 1 })), "{\"a\":1}");
        assert_eq!(cell(&Value::Null), "");
        assert_eq!(cell(&json!(7)), "7");
    }

    #[test]
    fn criteria_that_nothing_can_meet_are_refused() {
        let ok = AuditCriteria { action: Some("article.".to_owned()), ..AuditCriteria::default() };
        assert!(check(&ok, "").is_ok());
        for action in ["", "A", "a%", &"a".repeat(65)] {
            let wrong = AuditCriteria { action: Some(action.to_owned()), ..ok.clone() };
            assert!(check(&wrong, "filter.").is_err(), "{action}");
        }
        let ancient = "-0099-01-01T00:00:00Z".parse().ok();
        assert!(check(&AuditCriteria { from: ancient, ..ok }, "").is_err());
    }

    #[test]
    fn what_was_typed_is_not_kept() {
        let criteria =
            AuditCriteria { object_id: Some("13800138000".to_owned()), ..AuditCriteria::default() };
        assert!(!described(&criteria).to_string().contains("138"));
    }
}
