//! Use cases: searching the trail, and taking a part of it away as a file.

mod export;
mod search;

pub use export::{
    create_audit_export, download_audit_export, expire_exports, get_audit_export,
    list_audit_exports, write_export,
};
pub use search::{get_audit_entry, list_audit_entries};
