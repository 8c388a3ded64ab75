//! The SQL of this feature: its own tables, and the rows of any table of the inventory.

mod closing;
mod corrections;
mod exports;
mod rows;

pub use closing::*;
pub use corrections::*;
pub use exports::*;
pub use rows::*;
