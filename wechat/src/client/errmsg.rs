//! The useful parts of an `errmsg`, whose text is otherwise not an API (protocol 0.3).

use super::error::{ApiError, Detail};
use super::paths;
use super::reaction::rule;

/// Reads the parts of an `errmsg` that carry information (protocol 0.3, 1.3, 2.7).
pub(super) fn read_errmsg(path: &'static str, errcode: i64, errmsg: &str) -> ApiError {
    let words = || errmsg.split(|c: char| c.is_whitespace() || c == ',' || c == '!');
    let detail = match errcode {
        47003 if path == paths::SUBSCRIBE_SEND => {
            words().find_map(template_key).map(Detail::TemplateKey)
        }
        40164 | 61004 => words().find_map(|word| word.parse().ok()).map(Detail::EgressIp),
        _ => None,
    };
    let rid = errmsg
        .rsplit_once("rid:")
        .map(|(_, tail)| tail.trim())
        .filter(|rid| is_rid(rid))
        .map(str::to_owned);
    ApiError { path, errcode, rid, detail, reaction: rule(Some(path), errcode).reaction }
}

/// `thing1` out of `data.thing1.value`.
fn template_key(word: &str) -> Option<String> {
    let key = word.strip_prefix("data.")?.strip_suffix(".value")?;
    key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| key.to_owned())
}

/// `<8hex>-<8hex>-<8hex>`; anything else is somebody else's text and stays out of our logs.
fn is_rid(text: &str) -> bool {
    let mut parts = 0;
    for part in text.split('-') {
        if part.len() != 8 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
            return false;
        }
        parts += 1;
    }
    parts == 3
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::client::Reaction;

    #[test]
    fn rid_is_read_from_the_end_of_errmsg() {
        let error = read_errmsg(
            paths::CODE_TO_SESSION,
            40029,
            "invalid code rid: 61725984-6126f6f9-040f19c4",
        );
        assert_eq!(error.rid.as_deref(), Some("61725984-6126f6f9-040f19c4"));
        assert_eq!(error.reaction, Reaction::User);
    }

    #[test]
    fn text_that_is_not_a_rid_is_dropped() {
        for errmsg in [
            "invalid code",
            "x rid: oUser-openid",
            "x rid: 61725984-6126f6f9",
            "x rid: 6172598z-6126f6f9-040f19c4",
        ] {
            assert_eq!(read_errmsg(paths::CODE_TO_SESSION, 40029, errmsg).rid, None, "{errmsg}");
        }
    }

    #[test]
    fn template_key_is_read_from_47003() {
        let error = read_errmsg(
            paths::SUBSCRIBE_SEND,
            47003,
            "argument invalid! data.phrase4.value invalid rid: a",
        );
        assert_eq!(error.detail, Some(Detail::TemplateKey("phrase4".to_owned())));
    }

    #[test]
    fn egress_address_is_read_from_40164() {
        let error =
            read_errmsg(paths::STABLE_TOKEN, 40164, "invalid ip 203.0.113.9, not in whitelist");
        assert_eq!(error.detail, Some(Detail::EgressIp(IpAddr::from([203, 0, 113, 9]))));
        assert!(error.to_string().contains("203.0.113.9"));
    }

    #[test]
    fn errmsg_text_does_not_reach_display() {
        let error = read_errmsg(paths::CHECK_TEXT, 40003, "invalid openid oSecretPerson");
        assert!(!format!("{error} {error:?}").contains("oSecretPerson"));
    }
}
