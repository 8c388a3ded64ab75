//! What WeChat's answers mean for somebody who wants to log in.

use std::time::Duration;

use wechat::WechatError;

use crate::platform::http::{AppError, ErrorCode};

/// WeChat's own codes for a code that cannot be redeemed.
const INVALID_CODE: i64 = 40029;
const USED_CODE: i64 = 40163;
const HIGH_RISK_USER: i64 = 40226;

/// A refusal that the user can do something about, or "try later".
#[track_caller]
pub fn wechat_refusal(error: WechatError) -> AppError {
    let code = match error.errcode() {
        Some(INVALID_CODE) => ErrorCode::WechatCodeInvalid,
        Some(USED_CODE) => ErrorCode::WechatCodeUsed,
        Some(HIGH_RISK_USER) => ErrorCode::WechatUserBlocked,
        _ => {
            let wait = Duration::from_secs(5);
            return AppError::new(ErrorCode::WechatUnavailable).retry_after(wait).because(error);
        }
    };
    AppError::new(code)
}
