//! All SQL of bulletins.

mod counters;
mod imports;
mod read;
mod write;

pub use counters::{next_instant, next_serial};
pub use imports::{expire_imports, import, imports, insert_import, regions_among, settle_import};
pub use read::{
    Selection, changed_page, codes, events, in_force_page, items, products, published_page, shown,
    staff_page, within,
};
pub use write::{
    Parts, delete_parts, insert, insert_event, insert_parts, locked_within, next_in_force, update,
};
