//! Personal data at rest: encrypted fields, and blind indexes for exact look-up.

mod blind_index;
mod field;

pub use blind_index::BlindIndex;
pub use field::FieldCipher;
