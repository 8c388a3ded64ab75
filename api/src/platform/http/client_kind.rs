//! What a request was made with, from its `User-Agent`. The text itself is not kept: it tells devices
//! apart, and anybody can write anything into it.

use entity::audit_entry::ClientKind;

#[must_use]
pub fn client_kind(agent: &str) -> ClientKind {
    let has = |word: &str| agent.contains(word);
    // WeChat names itself and, inside a mini-program, that too.
    if has("MiniProgramEnv") || (has("MicroMessenger") && has("miniProgram")) {
        ClientKind::MiniProgram
    } else if has("MicroMessenger") {
        ClientKind::Wechat
    } else if agent.starts_with("Mozilla/") {
        ClientKind::Browser
    } else {
        ClientKind::Program
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_told_apart() {
        let phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50";
        assert_eq!(client_kind(phone), ClientKind::Wechat);
        assert_eq!(
            client_kind(&format!("{phone} MiniProgramEnv/android")),
            ClientKind::MiniProgram
        );
        assert_eq!(client_kind(&format!("{phone} miniProgram/wx0")), ClientKind::MiniProgram);
        assert_eq!(client_kind("Mozilla/5.0 (X11; Linux x86_64)"), ClientKind::Browser);
        assert_eq!(client_kind("curl/8.5.0"), ClientKind::Program);
    }
}
