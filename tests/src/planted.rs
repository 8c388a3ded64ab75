//! Personal data and secrets that the tests of this process sent or received, and where they must
//! not turn up: logs, errors, jobs, the audit trail and notices. Every test is checked at its end.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

static SECRETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Fields whose value is a person's affair or opens a door, in requests as in replies.
const FIELDS: [&str; 13] = [
    "access_token",
    "class_code",
    "facts",
    "id_number",
    "new_password",
    "password",
    "phone",
    "real_name",
    "recovery_codes",
    "refresh_token",
    "secret",
    "session_key",
    "ticket",
];

/// Shorter ones are found by chance.
const LEAST_CHARS: usize = 8;

/// Remembers one secret.
pub fn plant(secret: &str) {
    let is_telling = secret.chars().count() >= LEAST_CHARS || !secret.is_ascii();
    // `xxxx…` and masked values tell nothing.
    let is_plain = secret.contains('*') || secret.chars().all(|c| secret.starts_with(c));
    if is_telling && !is_plain {
        SECRETS.lock().unwrap_or_else(PoisonError::into_inner).insert(secret.to_owned());
    }
}

/// Remembers what a body holds of the kind.
pub fn plant_all(body: &Value) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                if FIELDS.contains(&name.as_str()) {
                    texts(value).for_each(plant);
                }
                plant_all(value);
            }
        }
        Value::Array(items) => items.iter().for_each(plant_all),
        _ => {}
    }
}

fn texts(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter().flat_map(texts)),
        other => Box::new(other.as_str().into_iter()),
    }
}

/// Keeps a refusal with its headers.
pub fn keep_error(text: String) {
    ERRORS.lock().unwrap_or_else(PoisonError::into_inner).push(text);
}

pub fn secrets() -> Vec<String> {
    SECRETS.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

pub fn errors() -> Vec<String> {
    ERRORS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
