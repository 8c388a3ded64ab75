//! Codes of an authenticator (TOTP, RFC 6238) and the recovery codes that stand in for it.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

use crate::platform::http::{AppError, AppResult};

/// 160 bits, as RFC 4226 (section 4, R6) recommends.
pub const SECRET_BYTES: usize = 20;
pub const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code, 4.9 bits each.
pub const RECOVERY_CHARS: usize = 16;

/// What somebody typed where a code was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Code {
    /// Six digits of the authenticator.
    Totp(String),
    /// A recovery code in its one spelling.
    Recovery(String),
}

impl Code {
    #[must_use]
    pub fn read(text: &str) -> Self {
        let bare = |c: &char| !c.is_whitespace() && *c != '-';
        let text: String = text.chars().filter(bare).collect();
        if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            Self::Totp(text)
        } else {
            Self::Recovery(text.to_uppercase())
        }
    }
}

/// The authenticator of a member: SHA-1, six digits, thirty seconds, one step of drift, which is
/// what every authenticator app understands.
///
/// # Errors
/// The stored secret is too short, or a name holds a colon.
pub fn authenticator(secret: &[u8], issuer: &str, username: &str) -> AppResult<Totp> {
    Builder::new()
        .with_secret(Secret::from(secret.to_vec()))
        .with_issuer(Some(issuer))
        .with_account_name(username)
        .build()
        .map_err(|cause| AppError::internal(cause.to_string()))
}

/// The time step of a code, when it is one of now, the step before or the one after.
#[must_use]
pub fn step_of(authenticator: &Totp, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let seconds = u64::try_from(now.timestamp()).ok()?;
    authenticator.check(code, seconds).and_then(|step| i64::try_from(step).ok())
}

/// `ABCD-EFGH-JKMN-PQRS`
#[must_use]
pub fn spelled(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// A plain hash is enough for what has 78 random bits.
#[must_use]
pub fn recovery_hash(staff_id: Uuid, code: &str) -> Vec<u8> {
    Sha256::new().chain_update(staff_id.as_bytes()).chain_update(code).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B: the last six of the eight digits.
        let totp = authenticator(b"12345678901234567890", "Sanjin", "wang").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(step_of(&totp, code, at(seconds)), Some(seconds / 30), "{code}");
            assert_eq!(step_of(&totp, code, at(seconds + 30)), Some(seconds / 30));
            assert_eq!(step_of(&totp, code, at(seconds - 30)), Some(seconds / 30));
            assert_eq!(step_of(&totp, code, at(seconds + 60)), None);
            assert_eq!(step_of(&totp, code, at(seconds - 60)), None);
        }
        let uri = totp.to_url().unwrap();
        assert!(uri.starts_with("otpauth://totp/Sanjin:wang?secret=GEZDGNBV"), "{uri}");
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(Code::read(" 123 456 "), Code::Totp("123456".to_owned()));
        let recovery = Code::Recovery("ABCDEFGHJKMNPQRS".to_owned());
        assert_eq!(Code::read("abcd-efgh-jkmn-pqrs"), recovery);
        assert_eq!(spelled("ABCDEFGHJKMNPQRS"), "ABCD-EFGH-JKMN-PQRS");
        assert_eq!(Code::read("１２３４５６"), Code::Recovery("１２３４５６".to_owned()));
    }

    #[test]
    fn a_recovery_code_is_worth_something_to_its_owner_only() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(recovery_hash(a, "X"), recovery_hash(a, "X"));
        assert_ne!(recovery_hash(a, "X"), recovery_hash(b, "X"));
    }
}
