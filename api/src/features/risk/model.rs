//! What a rank means, and how a question without an answer goes on.

use entity::risk_signal::RiskScene;
use wechat::client::mini;
use wechat::{Reaction, WechatError};

/// From here on (medium) a person looks at what the account writes.
pub const MEDIUM: i16 = 3;

#[must_use]
pub fn scene(scene: RiskScene) -> mini::RiskScene {
    match scene {
        RiskScene::Register => mini::RiskScene::Register,
        RiskScene::Ugc => mini::RiskScene::Ugc,
    }
}

/// What a handler reads beside a rank: what it says, and what it does not allow (PIPL, Art. 24).
#[must_use]
pub fn explanation(rank: i16) -> &'static str {
    match rank {
        ..=0 => "微信未提示该账号存在风险。",
        1..MEDIUM => {
            "微信提示该账号存在较低风险。该提示由微信自动得出，仅供参考，不得单独作为对当事人不利决定的依据。"
        }
        MEDIUM => {
            "微信提示该账号存在中等风险，其发布的内容由人工审核。该提示由微信自动得出，仅供参考，不得单独作为对当事人不利决定的依据。"
        }
        _ => {
            "微信提示该账号存在较高风险，其发布的内容由人工审核。该提示由微信自动得出，仅供参考，不得单独作为对当事人不利决定的依据。"
        }
    }
}

/// Whether asking again soon may help. Otherwise nothing is known, which is no risk.
#[must_use]
pub fn may_help_to_ask_again(error: &WechatError) -> bool {
    matches!(error.reaction(), Reaction::Retry | Reaction::Slow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_is_explained_and_none_decides() {
        for rank in -1..=5 {
            let text = explanation(rank);
            assert!(text.ends_with('。'));
            assert_eq!(text.contains("仅供参考"), rank > 0);
            assert_eq!(text.contains("人工审核"), rank >= MEDIUM);
        }
    }
}
