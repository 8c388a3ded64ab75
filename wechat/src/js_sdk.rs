//! Page signatures for the JS-SDK of public-account web pages (Tencent: "JS-SDK appendix 1";
//! protocol 3.17).

use crate::digest::sha1_hex;

/// The `signature` of `wx.config`: lower-case hex SHA-1 over the four values as they are, without
/// URL encoding.
///
/// `url` is the page as the client sees it; a fragment is cut off here because it is not signed.
/// Whoever calls this checks first that the URL's host is one of our own.
pub fn sign(jsapi_ticket: &str, noncestr: &str, timestamp: i64, url: &str) -> String {
    let page = url.split_once('#').map_or(url, |(page, _)| page);
    let signed =
        format!("jsapi_ticket={jsapi_ticket}&noncestr={noncestr}&timestamp={timestamp}&url={page}");
    sha1_hex([signed.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_is_not_signed() {
        let plain = sign("t", "n", 1, "https://example.com/a?b=c");
        assert_eq!(sign("t", "n", 1, "https://example.com/a?b=c#top"), plain);
        assert_ne!(sign("t", "n", 1, "https://example.com/a?b=d"), plain);
    }
}
