//! Made-up identifiers. Derived, so that every replica and every run gives a user the same ones,
//! and self-checking, so that an openid of another app is recognised without having been stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::digest::{equal, hmac_sha256};

/// Characters of an openid or unionid, as on the platform.
const LENGTH: usize = 28;
/// Characters of an openid that tie it to its app.
const CHECK: usize = 7;

/// The openid of `user` in `appid`.
pub(super) fn openid(appid: &str, user: &str) -> String {
    let body = format!("o{}", derived("openid", &[appid, user], LENGTH - CHECK - 1));
    format!("{body}{}", check(appid, &body))
}

/// The unionid of `user`.
pub(super) fn unionid(user: &str) -> String {
    format!("o{}", derived("unionid", &[user], LENGTH - 1))
}

/// Whether `openid` was derived for `appid`.
pub(super) fn is_openid_of(appid: &str, openid: &str) -> bool {
    openid
        .split_at_checked(LENGTH - CHECK)
        .is_some_and(|(body, tail)| body.starts_with('o') && equal(&check(appid, body), tail))
}

fn check(appid: &str, body: &str) -> String {
    derived("openid check", &[appid, body], CHECK)
}

/// `length` URL-safe characters (at most 43) that depend on all of `parts`.
pub(super) fn derived(purpose: &str, parts: &[&str], length: usize) -> String {
    let joined = parts.join("\n");
    let mut text = URL_SAFE_NO_PAD.encode(hmac_sha256(purpose.as_bytes(), joined.as_bytes()));
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "wx0123456789abcdef";
    const OTHER: &str = "wxfedcba9876543210";

    #[test]
    fn an_openid_is_stable_and_differs_by_app_and_user() {
        assert_eq!(openid(APP, "alice"), openid(APP, "alice"));
        assert_ne!(openid(APP, "alice"), openid(OTHER, "alice"));
        assert_ne!(openid(APP, "alice"), openid(APP, "bob"));
        assert_eq!(openid(APP, "alice").len(), LENGTH);
        assert_eq!(unionid("alice").len(), LENGTH);
    }

    #[test]
    fn an_openid_is_recognised_as_its_apps_own() {
        let own = openid(APP, "alice");
        assert!(is_openid_of(APP, &own));
        assert!(!is_openid_of(OTHER, &own));
        for foreign in [
            "",
            "o",
            "short",
            "oSimOpenId00000000000000001",
            "张三张三张三张三张三张三张三张三张三",
        ] {
            assert!(!is_openid_of(APP, foreign), "{foreign}");
        }
    }

    #[test]
    fn no_identifier_contains_the_user_name() {
        assert!(!openid(APP, "alice").contains("alice"));
        assert!(!unionid("alice").contains("alice"));
    }
}
