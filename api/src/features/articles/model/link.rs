//! A link to a text that is not public, for whoever has it, for a while:
//! `v1.{article}.{state}.{exp}.{hmac}`, where `state` counts the changes of the article's state, `exp` is
//! in seconds since the epoch and `hmac` is hexadecimal.

use chrono::{DateTime, Utc};
use uuid::Uuid;

const VERSION: &str = "v1";

/// The part that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewLink {
    pub article_id: Uuid,
    pub state_seq: i32,
    pub expires_at: DateTime<Utc>,
}

impl PreviewLink {
    /// What the signature covers.
    #[must_use]
    pub fn content(&self) -> String {
        let Self { article_id, state_seq, expires_at } = self;
        format!("{VERSION}.{}.{state_seq}.{}", article_id.simple(), expires_at.timestamp())
    }

    /// Takes a token apart, into the content and the signature. `None`: it is none of ours.
    #[must_use]
    pub fn read(token: &str) -> Option<(Self, Vec<u8>)> {
        let (content, signature) = token.rsplit_once('.')?;
        let mut parts = content.splitn(4, '.').skip(1);
        let link = Self {
            article_id: Uuid::try_parse(parts.next()?).ok()?,
            state_seq: parts.next()?.parse().ok()?,
            expires_at: DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?,
        };
        // One spelling each, or one link would pass for several.
        let is_ours = link.content() == content;
        is_ours.then(|| hex::decode(signature).ok()).flatten().map(|signature| (link, signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_survives_the_round_trip_and_nothing_else_does() {
        let link = PreviewLink {
            article_id: Uuid::from_u128(7),
            state_seq: 3,
            expires_at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        };
        let token = format!("{}.abcd", link.content());
        assert_eq!(PreviewLink::read(&token), Some((link, vec![0xAB, 0xCD])));
        let id = Uuid::from_u128(7);
        for wrong in [
            String::new(),
            "v1".to_owned(),
            token.replace("v1", "v2"),
            token.replace(".3.", ".03."),
            token.replace("abcd", "xyz"),
            format!("v1.{id}.3.1790000000.abcd"),
        ] {
            assert_eq!(PreviewLink::read(&wrong), None, "{wrong}");
        }
    }
}
