//! The walk along the chain, and what can be wrong with it. Pure.

use std::fmt;
use std::str::FromStr;

use entity::{audit_chain, audit_entry};
use uuid::Uuid;

use super::signer::AuditSigner;

const LINK_BYTES: usize = 32;

/// One place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub seq: i64,
    pub value: Vec<u8>,
}

/// A link that was written down elsewhere: `SEQ:HEXADECIMAL`.
pub type Anchor = Link;

impl Link {
    /// Before the first entry.
    pub(super) fn origin() -> Self {
        Self { seq: 0, value: vec![0; LINK_BYTES] }
    }

    pub(super) fn start(chain: &audit_chain::Model) -> Self {
        Self { seq: chain.start_seq, value: chain.start_link.clone() }
    }

    pub(super) fn head(chain: &audit_chain::Model) -> Self {
        Self { seq: chain.head_seq, value: chain.head_link.clone() }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, hex::encode(&self.value))
    }
}

impl FromStr for Link {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let link = text.split_once(':').and_then(|(seq, value)| {
            let (seq, value) = (seq.parse().ok()?, hex::decode(value).ok()?);
            (seq >= 0 && value.len() == LINK_BYTES).then_some(Self { seq, value })
        });
        link.ok_or("an anchor is SEQ:LINK, as the sealer logs it and `audit verify` prints it")
    }
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("missing: entry {from} to entry {to}")]
    Missing { from: i64, to: i64 },
    #[error("changed or forged: entry {seq} ({id})")]
    Changed { seq: i64, id: Uuid },
    #[error("out of its place: entry {seq} ({id})")]
    Misplaced { seq: i64, id: Uuid },
    #[error("changed or forged, and not sealed: {id}")]
    ChangedUnsealed { id: Uuid },
    #[error("not sealed for {minutes} minutes: {id}; does a worker run?")]
    Unsealed { id: Uuid, minutes: i64 },
    #[error("cut off: the chain goes on to entry {head}, the last that is there is {last}")]
    CutOff { last: i64, head: i64 },
    #[error("beyond the head of the chain: entry {seq} ({id})")]
    BeyondHead { seq: i64, id: Uuid },
    #[error("behind the start of the chain: entry {seq} ({id})")]
    BehindStart { seq: i64, id: Uuid },
    #[error("the head of the chain is missing, and entries are sealed")]
    HeadMissing,
    #[error("the head of the chain was changed or forged")]
    HeadChanged,
    #[error("another chain: link {seq} is not the expected one")]
    Unexpected { seq: i64 },
    #[error("set back: link {seq} is expected, the chain ends at {head}")]
    SetBack { seq: i64, head: i64 },
    #[error("link {seq} is expected and was removed with its time: nothing to compare with")]
    Outlived { seq: i64 },
}

/// Goes along sealed entries in the order of their numbers.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    signer: &'a AuditSigner,
    pub last: Link,
}

impl<'a> Walk<'a> {
    pub fn from(signer: &'a AuditSigner, start: Link) -> Self {
        Self { signer, last: start }
    }

    pub fn step(&mut self, entry: &audit_entry::Model) -> Result<(), Damage> {
        let (id, last) = (entry.id, self.last.seq);
        let seq = entry.seq.unwrap_or_default();
        if seq > last + 1 {
            return Err(Damage::Missing { from: last + 1, to: seq - 1 });
        }
        if !self.signer.is_genuine(entry) {
            return Err(Damage::Changed { seq, id });
        }
        let link = Link { seq, value: entry.link.clone().unwrap_or_default() };
        if seq <= last || !self.signer.is_linked(&self.last, &link, &entry.mac) {
            return Err(Damage::Misplaced { seq, id });
        }
        self.last = link;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_reads_back_as_it_was_printed() {
        let anchor = Link { seq: 7, value: vec![0xab; 32] };
        assert_eq!(anchor.to_string().parse(), Ok(anchor));
        for text in [
            "",
            "7",
            "7:",
            "7:ab",
            "-1:00",
            &format!("x:{}", "ab".repeat(32)),
            &format!("-1:{}", "ab".repeat(32)),
        ] {
            assert!(text.parse::<Link>().is_err(), "{text}");
        }
    }
}
