//! Risk rank of a user (Tencent: `getUserRiskRank`; protocol 2.9).

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::client::error::{ReplyFault, WechatError};
use crate::client::retry::Repeat;
use crate::client::transport::Call;
use crate::client::{Client, paths};
use crate::secret::OpenId;

/// What the user is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RiskScene {
    /// Register.
    Register,
    /// Take part in a promotion.
    Marketing,
    /// Write something that others will read.
    Ugc,
}

impl RiskScene {
    /// The platform's number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Register => 0,
            Self::Marketing => 1,
            Self::Ugc => 2,
        }
    }
}

/// Whom to judge.
#[derive(Clone, PartialEq, Eq)]
pub struct RiskInquiry {
    /// The user, who must have used the mini-program recently.
    pub openid: OpenId,
    /// What they are about to do.
    pub scene: RiskScene,
    /// The address they do it from.
    pub client_ip: IpAddr,
}

impl fmt::Debug for RiskInquiry {
    /// Who and from where have no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RiskInquiry").field("scene", &self.scene).finish_non_exhaustive()
    }
}

/// 0 none, 1 and 2 low, 3 medium, 4 high. A hint: nobody may be shut out because of it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RiskRank(u8);

impl RiskRank {
    /// The highest rank.
    pub const HIGHEST: u8 = 4;

    /// The platform's number.
    pub const fn code(self) -> u8 {
        self.0
    }
}

#[derive(Serialize)]
struct Body<'a> {
    appid: &'a str,
    openid: &'a str,
    scene: u8,
    client_ip: IpAddr,
}

#[derive(Deserialize)]
struct Reply {
    risk_rank: u8,
}

impl Client {
    /// Asks how risky the platform thinks a user is. The API must be switched on in the console.
    ///
    /// # Errors
    /// 61010 (user not active) with reaction `Drop`; 48001 (not switched on) and 9410009 (trial
    /// quota used up) with `Alert`; 61080 (down) with `Retry`; 61081 with `Slow`. All of them mean
    /// that nothing is known of the user, never that there is a risk.
    pub async fn user_risk_rank(&self, inquiry: &RiskInquiry) -> Result<RiskRank, WechatError> {
        let path = paths::RISK_RANK;
        let body = Body {
            appid: self.appid(),
            openid: inquiry.openid.as_str(),
            scene: inquiry.scene.code(),
            client_ip: inquiry.client_ip,
        };
        let call = Call::post(path, &body)?;
        let reply: Reply = self.send(&call, Repeat::Idempotent).await?;
        if reply.risk_rank > RiskRank::HIGHEST {
            return Err(WechatError::InvalidReply { path, reason: ReplyFault::Shape });
        }
        Ok(RiskRank(reply.risk_rank))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_person_and_the_address() {
        let inquiry = RiskInquiry {
            openid: "oSecretPerson".into(),
            scene: RiskScene::Ugc,
            client_ip: IpAddr::from([203, 0, 113, 7]),
        };
        let shown = format!("{inquiry:?}");
        assert!(shown.contains("Ugc") && !shown.contains("oSecret") && !shown.contains("203"));
    }
}
