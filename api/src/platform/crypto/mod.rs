//! Personal data at rest: encrypted fields, blind indexes for exact look-up, and the rotation of
//! their keys. What is encrypted begins with the name of its key, so that the database can be asked
//! what a key still holds.

mod blind_index;
mod field;
mod inventory;
mod personal;
mod rotate;
mod rotate_queries;

pub use blind_index::BlindIndex;
pub use field::FieldCipher;
pub use inventory::{CipherColumn, FIELDS, KeyKind, LONE_INDEXES, column};
pub use personal::{Address, Disclosed, IdNumber, Name, Personal, Phone};
pub use rotate::{FieldStatus, Progress, Status, rotate, start_rotation, status};

const VERSION: u8 = 1;

/// What a field or an index under the key `id` begins with: version (1), length of the id (1), id.
fn head(id: &str) -> Vec<u8> {
    // Settings with a longer id are refused.
    let length = u8::try_from(id.len()).unwrap_or(u8::MAX);
    [&[VERSION, length], id.as_bytes()].concat()
}

/// The id in front, and what follows it.
fn split(stored: &[u8]) -> Option<(&[u8], &[u8])> {
    let ([VERSION, length], rest) = stored.split_first_chunk::<2>()? else { return None };
    rest.split_at_checked(usize::from(*length))
}
