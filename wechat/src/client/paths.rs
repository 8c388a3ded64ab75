//! Paths of the server API, in one place because calls, reaction rules, logs and the simulator all
//! name them.

/// Classic app token (protocol 1.1).
pub const TOKEN: &str = "/cgi-bin/token";
/// Stable app token (protocol 1.2).
pub const STABLE_TOKEN: &str = "/cgi-bin/stable_token";
/// Login of a mini-program user (protocol 2.1).
pub const CODE_TO_SESSION: &str = "/sns/jscode2session";
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
