//! What to do about an error code: one table (protocol 0.2, 1.3, 1.9, 2.1–2.4, 2.7–2.9, 3.16).

use std::fmt;

use super::paths;

/// What the caller of a failed call should do (protocol 0.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// Make the same call again, with exponential backoff and jitter, a few times.
    Retry,
    /// The access token was refused. The client has a set procedure for this; callers never see it.
    Refresh,
    /// A rate limit upstream: wait for the next window and shed load meanwhile.
    Slow,
    /// The user's flow must be redone, or the user must be told. Never loop.
    User,
    /// This recipient cannot be reached by this channel. Mark it and do not retry.
    Drop,
    /// Our request is wrong: a defect for a developer. Never retry unchanged.
    Fix,
    /// An operator must act in the WeChat console or talk to Tencent.
    Alert,
}

impl Reaction {
    /// Lower-case name, for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Refresh => "refresh",
            Self::Slow => "slow",
            Self::User => "user",
            Self::Drop => "drop",
            Self::Fix => "fix",
            Self::Alert => "alert",
        }
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The platform's error code.
    pub errcode: i64,
    /// What to do about it.
    pub reaction: Reaction,
    /// One line in English, for operators.
    pub meaning: &'static str,
}

/// The rule for `errcode` as answered by `path`; a rule for that path wins over the general one.
///
/// `None` for the path means "no particular endpoint". An unknown code is [`Reaction::Fix`]: it
/// must not be retried blindly, and a developer should add it here.
pub fn rule(path: Option<&str>, errcode: i64) -> Rule {
    let lookup = |scope: Option<&str>| {
        TABLE
            .iter()
            .filter(|(paths, _)| match scope {
                Some(path) => paths.contains(&path),
                None => paths.is_empty(),
            })
            .flat_map(|(_, lines)| lines.iter())
            .find(|line| line.0 == errcode)
    };
    let found = path.and_then(|path| lookup(Some(path))).or_else(|| lookup(None));
    let (reaction, meaning) = found
        .map_or((Reaction::Fix, "code unknown to this library"), |(_, reaction, meaning)| {
            (*reaction, *meaning)
        });
    Rule { errcode, reaction, meaning }
}

type Line = (i64, Reaction, &'static str);

use Reaction::{Alert, Drop, Fix, Refresh, Retry, Slow, User};

/// Groups of rules with the paths they apply to; no paths means every API.
#[rustfmt::skip] // A table reads as one.
const TABLE: &[(&[&str], &[Line])] = &[
    // Protocol 1.3
    (&[paths::STABLE_TOKEN, paths::TOKEN], &[
        (40001, Alert, "app secret wrong"),
        (40002, Fix, "grant_type wrong"),
        (40013, Alert, "appid wrong: check its case and stray characters"),
        (41002, Fix, "appid missing"),
        (41004, Fix, "app secret missing"),
    ]),
    // Protocol 2.1
    (&[paths::CODE_TO_SESSION], &[
        (40001, Alert, "app secret wrong"),
        (40013, Alert, "appid wrong"),
        (41008, Fix, "login code missing"),
        (45011, Slow, "too many logins: 100 per user and minute"),
    ]),
    // Protocol 3.16
    (&[paths::OAUTH_TOKEN], &[
        (40001, Alert, "app secret wrong"),
        (40013, Alert, "appid wrong"),
        (41008, User, "authorisation code missing: authorise again"),
        (42003, User, "authorisation code expired: authorise again"),
    ]),
    (&[paths::OAUTH_REFRESH], &[
        (40013, Alert, "appid wrong"),
        (40029, User, "refresh token invalid: authorise again"),
        (40030, User, "refresh token invalid: authorise again"),
        (42002, User, "refresh token expired: authorise again"),
        (42007, User, "user changed the password: authorise again"),
    ]),
    (&[paths::OAUTH_USER, paths::OAUTH_CHECK], &[
        (40001, User, "user token invalid: authorise again"),
        (40014, User, "user token invalid: authorise again"),
        (42001, User, "user token expired: renew it or authorise again"),
        (42007, User, "user changed the password: authorise again"),
        (48001, User, "scope not sufficient: ask for snsapi_userinfo"),
    ]),
    // Protocol 2.2
    (&[paths::CHECK_SESSION, paths::RESET_SESSION_KEY], &[
        (87007, User, "no session key or it expired: log in again"),
        (87008, Fix, "sig_method wrong"),
        (87009, User, "signature does not match: our session key is stale, log in again"),
    ]),
    // Protocol 2.3
    (&[paths::PHONE_NUMBER], &[
        (40013, Fix, "the phone code was issued for another appid"),
        (40029, User, "phone code unusable or of another user: press the button again"),
    ]),
    // Protocol 2.4
    (&[paths::CHECK_ENCRYPTED_MESSAGE], &[
        (1, User, "encrypted data unknown to the platform"),
    ]),
    // Protocol 2.7
    (&[paths::SUBSCRIBE_SEND], &[
        (40003, Drop, "openid cannot be reached"),
        (41030, Fix, "page invalid"),
    ]),
    // Protocol 2.8
    (&[paths::CHECK_TEXT, paths::CHECK_MEDIA], &[
        (40003, Fix, "openid wrong"),
        (40129, Fix, "scene wrong"),
        (40004, Fix, "media_type wrong"),
        (61010, Drop, "user not active in the last two hours: fall back to manual review"),
        (87014, User, "content is illegal (version 1 only)"),
        (87020, Slow, "identical request repeated too often: reuse the earlier result"),
    ]),
    // Protocol 2.9
    (&[paths::RISK_RANK], &[
        (40003, Fix, "openid wrong"),
        (40129, Fix, "scene wrong"),
        (48001, Alert, "risk rank is not switched on in the console"),
        (61010, Drop, "user not active in the last two hours: nothing is known"),
        (61080, Retry, "risk service down"),
        (61081, Slow, "risk rank asked too often"),
        (9_410_009, Alert, "trial quota of the risk rank used up"),
    ]),
    // Everything else: protocol 1.9, and codes of one section that no other uses.
    (&[], &[
        (-1, Retry, "platform busy"),
        (268_487_001, Retry, "platform busy"),
        (268_487_002, Retry, "platform busy"),
        (40001, Refresh, "access token invalid"),
        (40014, Refresh, "access token invalid"),
        (42001, Refresh, "access token expired"),
        (41001, Fix, "access token missing"),
        (40003, Fix, "openid malformed, of another appid, or not a follower"),
        (40013, Fix, "appid mismatch"),
        (40029, User, "login code invalid or expired: log in again"),
        (40035, Fix, "bad parameters"),
        (40037, Alert, "template deleted, of another account or of another kind"),
        (40066, Fix, "path unknown or page not published"),
        (40097, Fix, "bad parameters"),
        (40125, Alert, "app secret wrong"),
        (40163, User, "code already used: log in again, and look for a double submit"),
        (40164, Alert, "our IP is not on the allow-list"),
        (40200, Fix, "wrong account type"),
        (40226, User, "high-risk user blocked by the platform: refuse politely"),
        (40243, Alert, "app secret frozen by the administrator"),
        (41002, Fix, "appid missing"),
        (41004, Fix, "app secret missing"),
        (43001, Fix, "must be GET"),
        (43002, Fix, "must be POST"),
        (43003, Fix, "must be HTTPS"),
        (43101, Drop, "user never subscribed, refused, or the one-time grant is used up"),
        (43104, Fix, "openid does not belong to this appid"),
        (43107, Alert, "account or template banned from subscribe messages"),
        (43108, Retry, "concurrent sends to the same user"),
        (44002, Fix, "empty body"),
        (44990, Slow, "per-second limit"),
        (44991, Slow, "per-minute limit"),
        (44993, Alert, "per-day limit"),
        (45009, Alert, "daily quota used up"),
        (45011, Slow, "per-minute or per-user limit"),
        (45168, Fix, "sensitive words in the text: tell the author"),
        (47001, Fix, "body is not JSON or a parameter is malformed"),
        (47003, Fix, "a template value breaks its rule"),
        (48001, Alert, "account lacks this API"),
        (48004, Alert, "API banned for this account"),
        (49003, Fix, "openid not of this appid"),
        (50001, User, "user has not granted this API"),
        (50002, Drop, "user or account restricted"),
        (50004, Alert, "token interface forbidden for this account"),
        (50007, Alert, "account frozen"),
        (61004, Alert, "our IP is not on the allow-list"),
        (61007, Alert, "permission set missing"),
        (61016, Alert, "permission set missing"),
        (89503, Alert, "administrator must approve our IP"),
        (89506, Alert, "administrator refused our IP: blocked for 24 hours"),
        (89507, Alert, "administrator refused our IP: blocked for one hour"),
        // Template management, protocol 2.7
        (20001, Retry, "platform busy"),
        (200_001, Retry, "platform busy"),
        (20002, Fix, "bad parameters"),
        (200_002, Fix, "bad parameters"),
        (200_011, Alert, "account banned from template management"),
        (200_012, Alert, "private template limit reached"),
        (200_013, Alert, "template banned"),
        (200_014, Fix, "template tid wrong"),
        (200_016, Fix, "start wrong"),
        (200_017, Fix, "limit wrong"),
        (200_018, Fix, "category ids wrong"),
        (200_019, Fix, "category ids wrong"),
        (200_020, Fix, "keyword list wrong"),
        (200_021, Fix, "scene description wrong"),
        (200_022, Fix, "template already added"),
        (200_100, Alert, "wrong account type"),
    ]),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn reaction(path: Option<&str>, errcode: i64) -> Reaction {
        rule(path, errcode).reaction
    }

    #[test]
    fn each_group_names_a_code_once() {
        for (paths, lines) in TABLE {
            let mut seen = HashSet::new();
            for (errcode, _, meaning) in *lines {
                assert!(seen.insert(errcode), "{errcode} twice for {paths:?}");
                assert!(!meaning.is_empty());
            }
        }
    }

    #[test]
    fn exactly_three_codes_mean_refresh() {
        let refresh: Vec<i64> = TABLE
            .iter()
            .flat_map(|(_, lines)| *lines)
            .filter(|l| l.1 == Refresh)
            .map(|l| l.0)
            .collect();
        assert_eq!(refresh, [40001, 40014, 42001]);
    }

    #[test]
    fn token_codes_never_mean_refresh_where_they_mean_a_wrong_secret() {
        assert_eq!(reaction(Some(paths::CHECK_TEXT), 40001), Refresh);
        for path in [paths::STABLE_TOKEN, paths::TOKEN, paths::CODE_TO_SESSION, paths::OAUTH_TOKEN]
        {
            assert_eq!(reaction(Some(path), 40001), Alert, "{path}");
        }
    }

    #[test]
    fn a_path_rule_wins_over_the_general_one() {
        assert_eq!(reaction(None, 40003), Fix);
        assert_eq!(reaction(Some(paths::SUBSCRIBE_SEND), 40003), Drop);
        assert_eq!(reaction(None, 40013), Fix);
        assert_eq!(reaction(Some(paths::STABLE_TOKEN), 40013), Alert);
        assert_eq!(reaction(Some(paths::CODE_TO_SESSION), 40013), Alert);
    }

    #[test]
    fn protocol_tables_are_covered() {
        let expected: &[(Option<&str>, &[i64], Reaction)] = &[
            (Some(paths::STABLE_TOKEN), &[-1], Retry),
            (
                Some(paths::STABLE_TOKEN),
                &[40001, 40013, 40125, 40164, 40243, 45009, 50004, 50007, 89503, 89506, 89507],
                Alert,
            ),
            (Some(paths::STABLE_TOKEN), &[40002, 41002, 41004, 43002], Fix),
            (Some(paths::STABLE_TOKEN), &[45011], Slow),
            (Some(paths::CODE_TO_SESSION), &[40029, 40163, 40226], User),
            (Some(paths::OAUTH_TOKEN), &[40029, 40163, 41008, 42003], User),
            (Some(paths::OAUTH_TOKEN), &[40001, 40013, 40125], Alert),
            (Some(paths::OAUTH_REFRESH), &[40029, 40030, 42002, 42007], User),
            (Some(paths::OAUTH_USER), &[40001, 42001, 42007, 48001], User),
            (Some(paths::OAUTH_USER), &[40003], Fix),
            (Some(paths::CHECK_SESSION), &[87007, 87009], User),
            (Some(paths::CHECK_SESSION), &[87008, 40097], Fix),
            (Some(paths::PHONE_NUMBER), &[40029], User),
            (Some(paths::SUBSCRIBE_SEND), &[40003, 43101], Drop),
            (Some(paths::SUBSCRIBE_SEND), &[40037, 43107], Alert),
            (Some(paths::SUBSCRIBE_SEND), &[43108, -1], Retry),
            (Some(paths::SUBSCRIBE_SEND), &[41030, 45168, 47003], Fix),
            (Some(paths::CHECK_TEXT), &[40003, 43104, 40129, 44002, 47001, 43002], Fix),
            (Some(paths::CHECK_TEXT), &[44991], Slow),
            (Some(paths::CHECK_TEXT), &[45009], Alert),
            (Some(paths::RISK_RANK), &[40003, 40129, 43104], Fix),
            (Some(paths::RISK_RANK), &[61010], Drop),
            (Some(paths::RISK_RANK), &[48001, 9_410_009], Alert),
            (Some(paths::RISK_RANK), &[61080], Retry),
            (Some(paths::RISK_RANK), &[61081], Slow),
            (None, &[268_487_001, 268_487_002], Retry),
            (None, &[44990, 44991, 45011], Slow),
            (None, &[44993, 48001, 48004, 61004, 61007, 61016], Alert),
        ];
        for (path, codes, reaction) in expected {
            for errcode in *codes {
                assert_eq!(rule(*path, *errcode).reaction, *reaction, "{path:?} {errcode}");
            }
        }
    }

    #[test]
    fn an_unknown_code_is_a_defect_and_not_retried() {
        assert_eq!(rule(None, 123_456_789).reaction, Fix);
    }
}
