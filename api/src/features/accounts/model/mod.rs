//! Pure rules: what WeChat's answers mean, how two doors become one person, what is a real name.

mod h5;
mod join;
mod merge;

pub use crate::platform::id_number::{birthday, id_number};
pub use h5::{is_local_path, is_secure};
pub use join::{Joining, elder_first, joining};
pub use merge::{MERGE, Merged, Rule, merged};

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::account::Audience;
use wechat::WechatError;
use wechat::session_data::SessionDataError;

use crate::platform::http::{AppError, ErrorCode};

/// WeChat's own codes for a code that cannot be redeemed.
const INVALID_CODE: i64 = 40029;
const EXPIRED_CODE: i64 = 42003;
const USED_CODE: i64 = 40163;
const HIGH_RISK_USER: i64 = 40226;

/// How old the watermark of data from WeChat may be, and how far our clocks may differ.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(5);

/// A refusal that the user can do something about, or "try later".
#[track_caller]
pub fn wechat_refusal(error: WechatError) -> AppError {
    let code = match error.errcode() {
        Some(INVALID_CODE | EXPIRED_CODE) => ErrorCode::WechatCodeInvalid,
        Some(USED_CODE) => ErrorCode::WechatCodeUsed,
        Some(HIGH_RISK_USER) => ErrorCode::WechatUserBlocked,
        _ => {
            let wait = Duration::from_secs(5);
            return AppError::new(ErrorCode::WechatUnavailable).retry_after(wait).because(error);
        }
    };
    AppError::new(code)
}

/// What does not decrypt was usually made under a newer session key (protocol 2.4).
#[must_use]
pub fn data_refusal(error: SessionDataError) -> ErrorCode {
    match error {
        SessionDataError::Decrypt => ErrorCode::WechatSessionStale,
        _ => ErrorCode::WechatDataInvalid,
    }
}

/// Whether data with this watermark was made just now.
#[must_use]
pub fn is_fresh(issued_at: i64, now: DateTime<Utc>) -> bool {
    DateTime::from_timestamp(issued_at, 0).is_some_and(|at| (now - at).abs() <= FRESH_FOR)
}

/// A school is asked of those who learn or teach there, and of nobody else.
#[must_use]
pub fn may_name_school(audience: Option<Audience>) -> bool {
    matches!(audience, Some(Audience::Student | Audience::Teacher))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watermark_is_fresh_for_five_minutes_both_ways() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let seconds = |by: i64| is_fresh(1_790_000_000 + by, now);
        assert!(seconds(0) && seconds(-300) && seconds(300));
        assert!(!seconds(-301) && !seconds(301));
        assert!(!is_fresh(i64::MAX, now) && !is_fresh(i64::MIN, now));
    }
}
