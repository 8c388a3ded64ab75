//! What a visitor shows at the door: `v1.{booking}.{exp}.{hmac}`, where `exp` is in seconds since the
//! epoch and `hmac` is hexadecimal. Whoever photographs it has it for a minute or two.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

const VERSION: &str = "v1";

/// The part that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckInCode {
    pub booking_id: Uuid,
    pub expires_at: DateTime<Utc>,
}

impl CheckInCode {
    /// What the signature covers.
    #[must_use]
    pub fn content(&self) -> String {
        format!("{VERSION}.{}.{}", self.booking_id.simple(), self.expires_at.timestamp())
    }

    /// HMAC-SHA-256 of [`content`](Self::content).
    #[must_use]
    pub fn signature(&self, key: &[u8; 32]) -> [u8; 32] {
        mac(key, &self.content())
    }

    /// Takes apart what was scanned, into the content and the signature. `None`: it is none of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<(Self, Vec<u8>)> {
        let (content, signature) = text.rsplit_once('.')?;
        let mut parts = content.splitn(3, '.');
        let (version, booking, end) = (parts.next()?, parts.next()?, parts.next()?);
        let code = Self {
            booking_id: Uuid::try_parse(booking).ok()?,
            expires_at: DateTime::from_timestamp(end.parse().ok()?, 0)?,
        };
        // One spelling each, or one code would pass for several.
        let is_ours = version == VERSION && code.content() == content;
        is_ours.then(|| hex::decode(signature).ok()).flatten().map(|signature| (code, signature))
    }
}

/// What a list for a place without network says of a PIN: HMAC-SHA-256 under `salt` of
/// `{booking}.{pin}`.
#[must_use]
pub fn pin_hash(salt: &[u8; 16], booking_id: Uuid, pin: &str) -> [u8; 32] {
    mac(salt, &format!("{}.{pin}", booking_id.simple()))
}

fn mac(key: &[u8], text: &str) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("of any length") };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_as_it_was_written_and_nothing_else_does() {
        let code = CheckInCode {
            booking_id: Uuid::from_u128(7),
            expires_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let text = format!("{}.abcd", code.content());
        assert_eq!(text, "v1.00000000000000000000000000000007.1800000000.abcd");
        assert_eq!(CheckInCode::read(&text), Some((code, vec![0xAB, 0xCD])));
        for wrong in [
            "",
            "v1",
            "v1..1.ab",
            "v2.00000000000000000000000000000007.1800000000.abcd",
            "v1.00000000-0000-0000-0000-000000000007.1800000000.abcd",
            "v1.00000000000000000000000000000007.+1800000000.abcd",
            "v1.00000000000000000000000000000007.01800000000.abcd",
            "v1.00000000000000000000000000000007.99999999999999999999.abcd",
            "v1.00000000000000000000000000000007.1800000000.xyz",
            "v1.00000000000000000000000000000007.1800000000.1.abcd",
        ] {
            assert_eq!(CheckInCode::read(wrong), None, "{wrong}");
        }
    }
}
