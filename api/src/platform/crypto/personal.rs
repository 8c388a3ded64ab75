//! What belongs to a person is shown masked. The clear text comes out against a [`Disclosed`] alone,
//! and only a transaction that audits the look makes one.

use std::fmt;
use std::marker::PhantomData;

use super::{CipherColumn, FieldCipher};
use crate::platform::http::AppResult;
use crate::platform::http::text::{masked_id_number, masked_name, masked_phone};

/// A kind of personal data, and what of it may be seen.
pub trait Kind {
    fn masked(clear: &str) -> String;
}

#[derive(Debug)]
pub enum Phone {}
#[derive(Debug)]
pub enum Name {}
#[derive(Debug)]
pub enum Address {}
#[derive(Debug)]
pub enum IdNumber {}

impl Kind for Phone {
    fn masked(clear: &str) -> String {
        masked_phone(clear)
    }
}

impl Kind for Name {
    fn masked(clear: &str) -> String {
        masked_name(clear)
    }
}

impl Kind for IdNumber {
    fn masked(clear: &str) -> String {
        masked_id_number(clear)
    }
}

impl Kind for Address {
    /// Nothing of it helps to recognise one's own without telling it to others.
    fn masked(_: &str) -> String {
        "****".to_owned()
    }
}

/// The proof that somebody's look at personal data is on record; see `Tx::disclose`.
#[derive(Debug)]
pub struct Disclosed(());

impl Disclosed {
    pub(in crate::platform) fn on_record() -> Self {
        Self(())
    }
}

/// Neither printed nor serialised.
pub struct Personal<K> {
    clear: String,
    kind: PhantomData<K>,
}

impl<K> fmt::Debug for Personal<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<K: Kind> Personal<K> {
    #[must_use]
    pub fn masked(&self) -> String {
        K::masked(&self.clear)
    }

    #[must_use]
    pub fn clear(self, _: &Disclosed) -> String {
        self.clear
    }
}

impl FieldCipher {
    /// # Errors
    /// As [`open`](Self::open).
    pub fn personal<K: Kind>(&self, field: CipherColumn, sealed: &[u8]) -> AppResult<Personal<K>> {
        let clear = self.open_text(field.purpose, sealed)?;
        Ok(Personal { clear, kind: PhantomData })
    }
}
