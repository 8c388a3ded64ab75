//! Paths of the server API, in one place because calls, reaction rules, logs and the simulator all
//! name them.

/// Classic app token (protocol 1.1).
pub const TOKEN: &str = "/cgi-bin/token";
/// Stable app token (protocol 1.2).
pub const STABLE_TOKEN: &str = "/cgi-bin/stable_token";
/// Login of a mini-program user (protocol 2.1).
pub const CODE_TO_SESSION: &str = "/sns/jscode2session";
/// Page that asks the user of WeChat's browser (protocol 3.16); on another host than the API.
pub const OAUTH_AUTHORIZE: &str = "/connect/oauth2/authorize";
/// Redemption of a web authorisation code (protocol 3.16).
pub const OAUTH_TOKEN: &str = "/sns/oauth2/access_token";
/// Renewal of a user token (protocol 3.16).
pub const OAUTH_REFRESH: &str = "/sns/oauth2/refresh_token";
/// What a user agreed to show (protocol 3.16).
pub const OAUTH_USER: &str = "/sns/userinfo";
/// Check of a user token (protocol 3.16).
pub const OAUTH_CHECK: &str = "/sns/auth";
/// Check of a session key (protocol 2.2).
pub const CHECK_SESSION: &str = "/wxa/checksession";
/// Reset of a session key (protocol 2.2).
pub const RESET_SESSION_KEY: &str = "/wxa/resetusersessionkey";
/// Phone number (protocol 2.3).
pub const PHONE_NUMBER: &str = "/wxa/business/getuserphonenumber";
/// Check of encrypted open data (protocol 2.4).
pub const CHECK_ENCRYPTED_MESSAGE: &str = "/wxa/business/checkencryptedmsg";
/// One-time subscribe message (protocol 2.7).
pub const SUBSCRIBE_SEND: &str = "/cgi-bin/message/subscribe/send";
/// Text content check (protocol 2.8).
pub const CHECK_TEXT: &str = "/wxa/msg_sec_check";
/// Media content check (protocol 2.8).
pub const CHECK_MEDIA: &str = "/wxa/media_check_async";
/// Risk rank of a user (protocol 2.9).
pub const RISK_RANK: &str = "/wxa/getuserriskrank";
