//! What a login session is remembered by, so that its owner recognises it in a list.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpRequest};

use super::address::ClientAddress;
use super::error::AppError;

/// A program, a system and a network, each coarse on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Words of ours, such as `WeChat, iPhone`.
    pub kind: String,
    pub network: String,
}

/// The first that is found in a `User-Agent`; one that copies another's name comes before it.
const PROGRAMS: [(&str, &str); 7] = [
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("okhttp", "okhttp"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

fn kind(user_agent: &str) -> String {
    let found = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (found(&PROGRAMS), found(&SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

impl FromRequest for Device {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        ready(Ok(Self {
            kind: kind(header.unwrap_or_default()),
            network: ClientAddress::found(request).network(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_by_words_of_ours() {
        let wechat = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      Mobile/15E148 MicroMessenger/8.0.50 Safari/604.1";
        assert_eq!(kind(wechat), "WeChat, iPhone");
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 \
                    Safari/537.36 Edg/130.0";
        assert_eq!(kind(edge), "Edge, Windows");
        assert_eq!(kind("curl/8.9"), "curl");
        assert_eq!(kind("王小明's own client"), "unknown");
    }
}
