//! Who may write and publish what, and where.

use entity::bulletin;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::platform::auth::{RegionScope, Staff};
use crate::platform::http::{AppResult, ErrorCode};

/// What holds in a region is for those whose rights reach it; what holds everywhere for headquarters.
///
/// # Errors
/// `forbidden`
pub fn within(scope: &RegionScope, region_code: Option<&str>) -> AppResult<()> {
    let is_own = match region_code {
        Some(code) => scope.covers(code),
        None => *scope == RegionScope::Country,
    };
    if is_own { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
}

/// # Errors
/// `own_bulletin` for who wrote any of it.
pub fn may_publish(actor: &Staff, row: &bulletin::Model) -> AppResult<()> {
    let is_writer = row.author_id == actor.staff_id
        || row.edited_by == Some(actor.staff_id)
        || editors(row).contains(&actor.staff_id);
    if is_writer { Err(ErrorCode::OwnBulletin.into()) } else { Ok(()) }
}

fn editors(row: &bulletin::Model) -> Vec<Uuid> {
    let listed = row.editors.as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

/// The list of those who changed a bulletin, with one more.
#[must_use]
pub fn with_editor(row: &bulletin::Model, editor: Uuid) -> Value {
    let mut all = editors(row);
    if !all.contains(&editor) {
        all.push(editor);
    }
    json!(all)
}
