//! `docs/ERRORS.md`

use std::fmt::Write as _;

use sanjin::platform::http::ErrorCode;

pub fn table() -> String {
    let mut text = String::from(
        "# Error codes\n\n\
         Generated from `api/src/platform/http/code.rs` by `cargo run -p openapi`; do not edit.\n\n\
         Every error is `application/problem+json` (RFC 9457) with a stable `code`. Clients decide by\n\
         the code, never by the sentence.\n\n\
         | code | status | what a citizen reads |\n| --- | --- | --- |\n",
    );
    for code in ErrorCode::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{}` | {} | {} |", code.as_str(), code.status(), code.sentence());
    }
    text
}
