//! What a challenge says, and when it is solved.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::platform::http::ErrorCode;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 16;
/// Version, purpose, difficulty, end, nonce.
const SIGNED_BYTES: usize = 3 + 8 + NONCE_BYTES;
const SIGNATURE_BYTES: usize = 32;

/// What a challenge is for; its solution is worth nothing elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChallengePurpose {
    LoginStaff,
    LoginWithWechat,
    TakeClassSeat,
}

impl ChallengePurpose {
    const ALL: [Self; 3] = [Self::LoginStaff, Self::LoginWithWechat, Self::TakeClassSeat];

    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginStaff => "login_staff",
            Self::LoginWithWechat => "login_with_wechat",
            Self::TakeClassSeat => "take_class_seat",
        }
    }

    /// Its number inside a signed challenge.
    fn number(self) -> u8 {
        match self {
            Self::LoginStaff => 1,
            Self::LoginWithWechat => 2,
            Self::TakeClassSeat => 3,
        }
    }
}

/// How the caller shows that it cost something. A provider's captcha would be another word here, with
/// its own look at the answer beside [`is_solved`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeAlgorithm {
    Sha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub purpose: ChallengePurpose,
    /// Leading zero bits.
    pub difficulty: u8,
    pub expires_at: DateTime<Utc>,
    pub nonce: [u8; NONCE_BYTES],
}

impl Challenge {
    /// What is signed.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION, self.purpose.number(), self.difficulty];
        bytes.extend(self.expires_at.timestamp().to_be_bytes());
        bytes.extend(self.nonce);
        bytes
    }

    /// The challenge and its signature, which is yet to be checked.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (signed, signature) = bytes.split_at_checked(SIGNED_BYTES)?;
        let ([VERSION, purpose, difficulty], rest) = signed.split_first_chunk::<3>()? else {
            return None;
        };
        let (end, nonce) = rest.split_first_chunk::<8>()?;
        let challenge = Self {
            purpose: ChallengePurpose::ALL.into_iter().find(|p| p.number() == *purpose)?,
            difficulty: *difficulty,
            expires_at: DateTime::from_timestamp(i64::from_be_bytes(*end), 0)?,
            nonce: nonce.try_into().ok()?,
        };
        (signature.len() == SIGNATURE_BYTES).then_some((challenge, signature))
    }
}

/// Splits `<id>:<counter>`.
#[must_use]
pub fn split_solution(solution: &str) -> Option<(&str, u64)> {
    let (id, counter) = solution.split_once(':')?;
    // One spelling per number: `+1` and `01` would be other texts with other hashes.
    let number: u64 = counter.parse().ok()?;
    (number.to_string() == counter).then_some((id, number))
}

/// Whether the hash of the whole text begins with so many zero bits.
#[must_use]
pub fn is_solved(solution: &str, difficulty: u8) -> bool {
    let hash = Sha256::digest(solution.as_bytes());
    let mut zeros = 0;
    for byte in hash {
        zeros += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    zeros >= u32::from(difficulty)
}

/// Whether a refusal speaks against the address: something was guessed and was wrong.
#[must_use]
pub fn is_failure(code: ErrorCode) -> bool {
    matches!(code.status(), 401 | 422)
        || matches!(code, ErrorCode::AccountLocked | ErrorCode::SeatLocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_reads_back_and_nothing_else_does() {
        for purpose in ChallengePurpose::ALL {
            let expires_at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
            let challenge = Challenge { purpose, difficulty: 16, expires_at, nonce: [7; 16] };
            let mut bytes = challenge.bytes();
            bytes.extend([9; SIGNATURE_BYTES]);
            assert_eq!(Challenge::read(&bytes), Some((challenge, &[9; SIGNATURE_BYTES][..])));
            for length in 0..bytes.len() {
                assert_eq!(Challenge::read(&bytes[..length]), None);
            }
            bytes[1] = 0;
            assert_eq!(Challenge::read(&bytes), None, "no such purpose");
            let word = serde_json::to_string(&purpose).unwrap();
            assert_eq!(word, format!("{:?}", purpose.as_str()));
        }
    }

    #[test]
    fn a_solution_has_the_zeros_it_should() {
        let solved = (0..).find(|n| is_solved(&format!("abc:{n}"), 8)).unwrap();
        let hash = Sha256::digest(format!("abc:{solved}"));
        assert_eq!(hash[0], 0);
        assert!(is_solved("anything", 0));
        assert!(!is_solved("anything", 255));
    }

    #[test]
    fn a_counter_has_one_spelling() {
        assert_eq!(split_solution("id:0"), Some(("id", 0)));
        for wrong in ["", "id", "id:", "id:-1", "id:+1", "id:01", "id:1 ", "id:1:2", "id:1e3"] {
            assert_eq!(split_solution(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_a_wrong_guess_is_a_failure() {
        use ErrorCode as E;
        for code in [
            E::CredentialsInvalid,
            E::AccountLocked,
            E::WechatCodeInvalid,
            E::ClassCodeInvalid,
            E::SeatPinInvalid,
            E::SeatLocked,
            E::ChallengeInvalid,
        ] {
            assert!(is_failure(code), "{}", code.as_str());
        }
        for code in [
            E::RateLimited,
            E::ChallengeRequired,
            E::ConsentRequired,
            E::NoticeOutdated,
            E::ClassFull,
            E::Unavailable,
        ] {
            assert!(!is_failure(code), "{}", code.as_str());
        }
    }
}
