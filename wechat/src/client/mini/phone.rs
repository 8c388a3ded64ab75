//! Phone number (Tencent: `getPhoneNumber`; protocol 2.3).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::client::error::{Refusal, WechatError};
use crate::client::retry::Repeat;
use crate::client::transport::Call;
use crate::client::{Client, paths};

/// The number a user agreed to share.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// With area code when foreign.
    pub phone_number: String,
    /// Never with area code.
    pub pure_phone_number: String,
    /// Area code without plus sign, `86` for the mainland.
    pub country_code: String,
    /// When the platform issued the answer (Unix seconds).
    pub issued_at: i64,
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(redacted)")
    }
}

#[derive(Serialize)]
struct Body<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    openid: Option<&'a str>,
}

#[derive(Deserialize)]
struct Reply {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    phone_number: String,
    pure_phone_number: String,
    country_code: String,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    timestamp: i64,
    appid: String,
}

impl Client {
    /// Redeems the code of the phone button, which is not the login code. Codes live five minutes
    /// and work once.
    ///
    /// With `openid` the platform also checks that the code is that user's: pass it whenever it is
    /// known. Repeated once, and only when the platform certainly did not use the code up.
    ///
    /// # Errors
    /// 40029 (code unusable or another user's) with reaction `User`; 40013 (another app's code)
    /// with `Fix`; [`WechatError::ForeignWatermark`] when the answer names another app.
    pub async fn phone_number(
        &self,
        code: &str,
        openid: Option<&str>,
    ) -> Result<PhoneNumber, WechatError> {
        if code.is_empty() {
            return Err(Refusal::Empty("code").into());
        }
        let path = paths::PHONE_NUMBER;
        let call = Call::post(path, &Body { code, openid })?;
        let reply: Reply = self.send(&call, Repeat::Unprocessed { at_most: 1 }).await?;
        let info = reply.phone_info;
        if info.watermark.appid != self.appid() {
            return Err(WechatError::ForeignWatermark { path });
        }
        Ok(PhoneNumber {
            phone_number: info.phone_number,
            pure_phone_number: info.pure_phone_number,
            country_code: info.country_code,
            issued_at: info.watermark.timestamp,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_number() {
        let phone = PhoneNumber {
            phone_number: "13800138000".to_owned(),
            pure_phone_number: "13800138000".to_owned(),
            country_code: "86".to_owned(),
            issued_at: 1_790_000_000,
        };
        assert!(!format!("{phone:?}").contains("138"));
    }
}
