//! Where a role holds.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Where one grant holds, stored as `country`, `region:<code>`, `lab:<id>` or `point:<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Country,
    /// The region and all below it: a code begins with its parent's code.
    Region(String),
    Lab(Uuid),
    /// A monitoring point.
    Point(Uuid),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country => f.write_str("country"),
            Self::Region(code) => write!(f, "region:{code}"),
            Self::Lab(id) => write!(f, "lab:{id}"),
            Self::Point(id) => write!(f, "point:{id}"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a scope is `country`, `region:<code>`, `lab:<id>` or `point:<id>`")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text == "country" {
            return Ok(Self::Country);
        }
        if let Some(code) = text.strip_prefix("region:") {
            let is_code = (2..=9).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
            return is_code.then(|| Self::Region(code.to_owned())).ok_or(ScopeError);
        }
        let (kind, id) = text.split_once(':').ok_or(ScopeError)?;
        let id = id.parse().map_err(|_unparsable| ScopeError)?;
        match kind {
            "lab" => Ok(Self::Lab(id)),
            "point" => Ok(Self::Point(id)),
            _ => Err(ScopeError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back_as_they_were_written() {
        for text in [
            "country",
            "region:11",
            "lab:00000000-0000-0000-0000-000000000007",
            "point:00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for text in
            ["", "region:", "region:1", "region:x1", "lab:7", "Country", "region:1234567890"]
        {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }
}
