//! What is signed with the audit keys: entries, links, the ends of the chain, digests of objects.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{audit_chain, audit_entry};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::chain::Link;
use crate::platform::config;
use crate::platform::crypto::{FieldCipher, column};
use crate::platform::http::{AppError, AppResult};

/// Columns that differ without the object being another one: the counter and time of a change, and
/// cipher texts, which are new whenever they are written.
const VOLATILE: [&str; 2] = ["version", "updated_at"];
const CIPHER: &str = "_cipher";

/// Cheap to clone.
#[derive(Clone)]
pub struct AuditSigner(Arc<Inner>);

struct Inner {
    /// The first signs, all verify.
    first: Hmac<Sha256>,
    rest: Vec<Hmac<Sha256>>,
    cipher: FieldCipher,
}

impl fmt::Debug for AuditSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditSigner")
    }
}

/// A message in which every part has its length in front, so that no two lists of parts are one text.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn about(what: &str) -> Self {
        Self::default().bytes(what.as_bytes())
    }

    fn bytes(mut self, part: &[u8]) -> Self {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(part);
        self
    }

    fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    fn number(self, part: i64) -> Self {
        self.bytes(&part.to_be_bytes())
    }

    /// Absent is not the same as empty.
    fn maybe(self, part: Option<&[u8]>) -> Self {
        match part {
            Some(part) => self.number(1).bytes(part),
            None => self.number(0),
        }
    }

    fn at(self, part: DateTime<Utc>) -> Self {
        self.number(part.timestamp_micros())
    }
}

impl AuditSigner {
    /// # Errors
    /// No key, or one that is not hexadecimal.
    pub fn new(keys: &[config::Key], cipher: FieldCipher) -> AppResult<Self> {
        let mut keys = keys.iter().map(|key| {
            let bytes = hex::decode(key.secret.expose()).map_err(AppError::internal)?;
            Hmac::new_from_slice(&Zeroizing::new(bytes)).map_err(AppError::internal)
        });
        let first = keys.next().ok_or_else(|| AppError::internal("no audit key"))??;
        Ok(Self(Arc::new(Inner { first, rest: keys.collect::<AppResult<_>>()?, cipher })))
    }

    fn sign(&self, message: &Message) -> Vec<u8> {
        self.0.first.clone().chain_update(&message.0).finalize().into_bytes().to_vec()
    }

    fn is_signed(&self, message: &Message, mac: &[u8]) -> bool {
        std::iter::once(&self.0.first)
            .chain(&self.0.rest)
            .any(|key| key.clone().chain_update(&message.0).verify_slice(mac).is_ok())
    }

    /// The address as it is stored.
    ///
    /// # Errors
    /// It cannot be encrypted.
    pub fn seal_address(&self, address: &str) -> AppResult<Vec<u8>> {
        self.0.cipher.seal(column::AUDIT_ADDRESS.purpose, address.as_bytes())
    }

    /// # Errors
    /// It was tampered with, or its key is gone.
    pub fn address(&self, entry: &audit_entry::Model) -> AppResult<Option<String>> {
        let open = |sealed| self.0.cipher.open_text(column::AUDIT_ADDRESS.purpose, sealed);
        entry.address_cipher.as_deref().map(open).transpose()
    }

    pub(in crate::platform) fn sign_entry(
        &self,
        entry: &audit_entry::Model,
        address: Option<&str>,
    ) -> Vec<u8> {
        self.sign(&entry_message(entry, address))
    }

    /// Whether we wrote the entry as it stands.
    #[must_use]
    pub fn is_genuine(&self, entry: &audit_entry::Model) -> bool {
        self.address(entry).is_ok_and(|address| {
            self.is_signed(&entry_message(entry, address.as_deref()), &entry.mac)
        })
    }

    pub(super) fn link(&self, previous: &Link, mac: &[u8]) -> Link {
        let seq = previous.seq + 1;
        Link { seq, value: self.sign(&link_message(previous, seq, mac)) }
    }

    pub(super) fn is_linked(&self, previous: &Link, link: &Link, mac: &[u8]) -> bool {
        self.is_signed(&link_message(previous, link.seq, mac), &link.value)
    }

    pub(super) fn sign_chain(&self, chain: &audit_chain::Model) -> Vec<u8> {
        self.sign(&chain_message(chain))
    }

    pub(super) fn is_chain(&self, chain: &audit_chain::Model) -> bool {
        self.is_signed(&chain_message(chain), &chain.mac)
    }

    /// A digest of an object's state. Equal states of one kind have equal digests under one key;
    /// without the key nobody can try out what a state was.
    pub(in crate::platform) fn digest(&self, object_kind: &str, state: &Value) -> Vec<u8> {
        let mut text = String::new();
        canonical(state, true, &mut text);
        self.sign(&Message::about("state").text(object_kind).text(&text))
    }
}

fn entry_message(entry: &audit_entry::Model, address: Option<&str>) -> Message {
    let mut details = String::new();
    if let Some(value) = &entry.details {
        canonical(value, false, &mut details);
    }
    Message::about("entry 1")
        .bytes(entry.id.as_bytes())
        .at(entry.at)
        .text(&entry.actor_kind.as_str())
        .maybe(entry.actor_id.as_ref().map(|id| id.as_bytes().as_slice()))
        .text(&entry.action)
        .text(&entry.object_kind)
        .text(&entry.object_id)
        .text(&entry.outcome.as_str())
        .maybe(entry.request_id.as_deref().map(str::as_bytes))
        .maybe(entry.session_id.as_ref().map(|id| id.as_bytes().as_slice()))
        .maybe(address.map(str::as_bytes))
        .maybe(entry.client.map(|client| client.as_str()).as_deref().map(str::as_bytes))
        .maybe(entry.before_digest.as_deref())
        .maybe(entry.after_digest.as_deref())
        .text(&details)
}

fn link_message(previous: &Link, seq: i64, mac: &[u8]) -> Message {
    Message::about("link 1").bytes(&previous.value).number(seq).bytes(mac)
}

fn chain_message(chain: &audit_chain::Model) -> Message {
    Message::about("chain 1")
        .number(chain.start_seq)
        .bytes(&chain.start_link)
        .number(chain.head_seq)
        .bytes(&chain.head_link)
        .at(chain.sealed_at)
}

/// Whether a field of an object tells nothing about its state.
pub(in crate::platform) fn is_volatile(field: &str) -> bool {
    VOLATILE.contains(&field) || field.ends_with(CIPHER)
}

/// JSON with sorted keys and without blanks, whatever order a database or a map gives them in.
fn canonical(value: &Value, is_state: bool, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.iter().filter(|(name, _)| !(is_state && is_volatile(name))).collect();
            fields.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (n, (name, field)) in fields.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(field, false, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                canonical(item, false, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use entity::audit_entry::{ActorKind, AuditOutcome, ClientKind, Model};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::platform::clock::SystemClock;
    use crate::platform::config::{FieldAlgorithm, FieldKey, Key, Secret};
    use crate::platform::ids::Ids;

    fn signer(digits: &[char]) -> AuditSigner {
        let secret = |digit: char| Secret::new(digit.to_string().repeat(64));
        let algorithm = FieldAlgorithm::Aes256Gcm;
        let field = FieldKey { id: "f".to_owned(), secret: secret('f'), algorithm };
        let ids = Ids::from_seed(Arc::new(SystemClock), 1);
        let cipher = FieldCipher::new(&[field], ids).unwrap();
        let key = |digit: &char| Key { id: digit.to_string(), secret: secret(*digit) };
        AuditSigner::new(&digits.iter().map(key).collect::<Vec<_>>(), cipher).unwrap()
    }

    fn entry(signer: &AuditSigner) -> Model {
        let mut entry = Model {
            id: Uuid::from_u128(7),
            at: DateTime::UNIX_EPOCH,
            actor_kind: ActorKind::Staff,
            actor_id: Some(Uuid::from_u128(8)),
            action: "article.publish".to_owned(),
            object_kind: "article".to_owned(),
            object_id: "9".to_owned(),
            outcome: AuditOutcome::Success,
            request_id: None,
            session_id: None,
            address_cipher: Some(signer.seal_address("192.0.2.1").unwrap()),
            client: Some(ClientKind::Browser),
            before_digest: None,
            after_digest: None,
            details: Some(json!({ "b": 1, "a": [true, "x"] })),
            mac: Vec::new(),
            seq: None,
            link: None,
        };
        entry.mac = signer.sign_entry(&entry, Some("192.0.2.1"));
        entry
    }

    #[test]
    fn every_changed_part_of_an_entry_is_noticed() {
        let signer = signer(&['1']);
        let genuine = entry(&signer);
        assert!(signer.is_genuine(&genuine));
        let changes: [fn(&mut Model); 16] = [
            |e| e.id = Uuid::nil(),
            |e| e.at += chrono::TimeDelta::microseconds(1),
            |e| e.actor_kind = ActorKind::System,
            |e| e.actor_id = None,
            |e| e.action.push('x'),
            |e| e.object_kind.clear(),
            |e| e.object_id = "10".to_owned(),
            |e| e.outcome = AuditOutcome::Failed,
            |e| e.request_id = Some(String::new()),
            |e| e.session_id = Some(Uuid::nil()),
            |e| e.address_cipher = None,
            |e| e.client = None,
            |e| e.before_digest = Some(Vec::new()),
            |e| e.after_digest = Some(vec![1]),
            |e| e.details = Some(json!({ "a": [true, "x"], "b": 2 })),
            |e| e.mac = vec![0; 32],
        ];
        for (n, change) in changes.iter().enumerate() {
            let mut changed = genuine.clone();
            change(&mut changed);
            assert!(!signer.is_genuine(&changed), "change {n}");
        }
        // A part that moves over the border between two fields is another message.
        let moved = Model {
            action: "article.publishart".to_owned(),
            object_kind: "icle".to_owned(),
            ..genuine
        };
        assert!(!signer.is_genuine(&moved));
    }

    #[test]
    fn an_entry_outlives_the_rotation_of_both_keys() {
        let old = signer(&['1']);
        let mut kept = entry(&old);
        assert!(signer(&['2', '1']).is_genuine(&kept));
        assert!(!signer(&['2']).is_genuine(&kept));
        // The same address under a fresh cipher text.
        kept.address_cipher = Some(old.seal_address("192.0.2.1").unwrap());
        assert!(old.is_genuine(&kept));
        kept.address_cipher = Some(old.seal_address("192.0.2.2").unwrap());
        assert!(!old.is_genuine(&kept));
    }

    #[test]
    fn equal_states_have_equal_digests() {
        let signer = signer(&['1']);
        let digest = |state: Value| signer.digest("article", &state);
        let state = digest(json!({ "title": "x", "list": [1, { "b": 2, "a": 1 }], "version": 1 }));
        assert_eq!(
            state,
            digest(json!({ "list": [1, { "a": 1, "b": 2 }], "version": 2, "title": "x" }))
        );
        assert_ne!(state, digest(json!({ "list": [{ "a": 1, "b": 2 }, 1], "title": "x" })));
        assert_ne!(
            state,
            signer.digest("quiz", &json!({ "title": "x", "list": [1, { "b": 2, "a": 1 }] }))
        );
        // Inside a list or an object a version is part of the state.
        assert_ne!(
            digest(json!({ "a": { "version": 1 } })),
            digest(json!({ "a": { "version": 2 } }))
        );
    }
}
