//! Reads the layers and remembers where each value came from.

use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Value};

use super::Config;

const DEFAULTS: &str = include_str!("../../../config.default.toml");
const PRODUCTION: &str = include_str!("../../../config.production.toml");

/// Keys whose value is never printed, by their last segment.
const SECRET_KEYS: [&str; 7] =
    ["secret", "url", "secret_access_key", "token_keys", "field_keys", "index_keys", "audit_keys"];

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("configuration: {0}")]
    Read(Box<figment::Error>),
    #[error("configuration: {}", .0.join("; "))]
    Refused(Vec<String>),
}

impl From<figment::Error> for ConfigError {
    fn from(cause: figment::Error) -> Self {
        Self::Read(Box::new(cause))
    }
}

/// One effective setting for `sanjin config check`.
#[derive(Debug)]
pub struct Effective {
    pub key: String,
    pub value: String,
    pub source: String,
}

/// Loads and validates the settings. `file` comes from `--config`.
///
/// # Errors
/// A file that cannot be read, an unknown key, a value of the wrong type, or a combination that
/// would not be safe to run.
pub fn load(file: Option<&Path>) -> Result<(Config, Vec<Effective>), ConfigError> {
    let mut outer = Figment::new();
    if let Some(file) = file {
        outer = outer.merge(Toml::file_exact(file));
    }
    outer = outer.merge(Env::prefixed("SANJIN__").split("__"));
    let mut defaults = Figment::new().merge(Toml::string(DEFAULTS));
    let profile: Option<String> = outer.extract_inner("profile").ok();
    if profile.as_deref() == Some("production") {
        defaults = defaults.merge(Toml::string(PRODUCTION));
    }
    let figment = defaults.merge(outer);
    let config: Config = figment.extract()?;
    config.validate().map_err(ConfigError::Refused)?;
    let tree: Dict = figment.extract()?;
    let mut effective = Vec::new();
    flatten(&figment, "", &tree, &mut effective);
    Ok((config, effective))
}

fn flatten(figment: &Figment, prefix: &str, dict: &Dict, out: &mut Vec<Effective>) {
    for (name, value) in dict {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if let Value::Dict(_, inner) = value {
            flatten(figment, &key, inner, out);
            continue;
        }
        let source = figment.find_metadata(&key).map_or_else(
            || "default".to_owned(),
            |metadata| match &metadata.source {
                Some(source) => source.to_string(),
                None if metadata.name.contains("environment") => "environment".to_owned(),
                None => "default".to_owned(),
            },
        );
        let value = if SECRET_KEYS.contains(&name.as_str()) { redact(value) } else { plain(value) };
        out.push(Effective { key, value, source });
    }
}

fn redact(value: &Value) -> String {
    match value.as_str() {
        Some("") => "\"\"".to_owned(),
        // A database or Kv address is useful without its password.
        Some(url) if url.contains("://") => url.rsplit_once('@').map_or_else(
            || url.to_owned(),
            |(before, after)| {
                let scheme = before.split("://").next().unwrap_or_default();
                format!("{scheme}://[redacted]@{after}")
            },
        ),
        _ => "[redacted]".to_owned(),
    }
}

fn plain(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "?".to_owned())
}
