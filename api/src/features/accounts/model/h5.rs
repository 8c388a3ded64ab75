//! Where an H5 page may be sent to, and how a log-in is bound to its browser.

/// Most characters of a path.
const PATH_LIMIT: usize = 256;

/// Whether `path` stays inside the H5 client: `/`, then letters, digits and a few marks. No second
/// slash or backslash that a browser takes for a host, plain or encoded, however often.
#[must_use]
pub fn is_local_path(path: &str) -> bool {
    let is_mark = |c: char| "/-_.~?=&#".contains(c);
    path.starts_with('/')
        && path.len() <= PATH_LIMIT
        && !path.contains("//")
        && !path.contains("/.")
        && path.chars().all(|c| c.is_ascii_alphanumeric() || is_mark(c))
}

/// Whether the H5 client is served by https, so that its cookie can be kept from everything else
/// (`__Host-`). Plain http is the sandbox.
#[must_use]
pub fn is_secure(callback_url: &str) -> bool {
    callback_url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_our_own_are_local() {
        for path in ["/", "/h5/", "/h5/#/pages/quiz/index?id=7&from=menu", "/a.b~c_d"] {
            assert!(is_local_path(path), "{path}");
        }
        for path in [
            "",
            "h5",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/h5//evil.example",
            "/%2fevil.example",
            "/%5cevil.example",
            "/%252fevil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/javascript:alert(1)",
            "/@evil.example",
            "/\tevil",
            "/ evil",
            "/\u{2044}evil",
            "/../evil",
            "/h5/./x",
            &format!("/{}", "x".repeat(256)),
        ] {
            assert!(!is_local_path(path), "{path}");
        }
    }
}
