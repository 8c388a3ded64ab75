//! A link to a report that works without a log-in, for a while: `v1.{report}.{exp}.{hmac}`, where `exp`
//! is in seconds since the epoch and `hmac` is hexadecimal.

use chrono::{DateTime, Utc};
use uuid::Uuid;

const VERSION: &str = "v1";

/// The part that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportLink {
    pub report_id: Uuid,
    pub expires_at: DateTime<Utc>,
}

impl ReportLink {
    /// What the signature covers.
    #[must_use]
    pub fn content(&self) -> String {
        format!("{VERSION}.{}.{}", self.report_id.simple(), self.expires_at.timestamp())
    }

    /// Takes a token apart, into the content and the signature. `None`: it is none of ours.
    #[must_use]
    pub fn read(token: &str) -> Option<(Self, Vec<u8>)> {
        let (content, signature) = token.rsplit_once('.')?;
        let mut parts = content.splitn(3, '.');
        let (_, report, end) = (parts.next()?, parts.next()?, parts.next()?);
        let link = Self {
            report_id: Uuid::try_parse(report).ok()?,
            expires_at: DateTime::from_timestamp(end.parse().ok()?, 0)?,
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
    fn a_link_reads_as_it_was_written_and_nothing_else_does() {
        let link = ReportLink {
            report_id: Uuid::from_u128(7),
            expires_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let token = format!("{}.abcd", link.content());
        assert_eq!(token, "v1.00000000000000000000000000000007.1800000000.abcd");
        assert_eq!(ReportLink::read(&token), Some((link, vec![0xAB, 0xCD])));
        for wrong in [
            "",
            "v1",
            "v2.00000000000000000000000000000007.1800000000.abcd",
            "v1.00000000-0000-0000-0000-000000000007.1800000000.abcd",
            "v1.00000000000000000000000000000007.+1800000000.abcd",
            "v1.00000000000000000000000000000007.99999999999999999999.abcd",
            "v1.00000000000000000000000000000007.1800000000.xyz",
            "v1.00000000000000000000000000000007.1800000000.1.abcd",
        ] {
            assert_eq!(ReportLink::read(wrong), None, "{wrong}");
        }
    }
}
