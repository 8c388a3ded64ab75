//! Combinations that would not be safe to run are refused before anything starts.

use super::{Config, Key};

/// The shortest token key: HS256 wants as many bytes as its hash gives (RFC 7518, section 3.2).
const TOKEN_KEY_BYTES: usize = 32;

impl Config {
    pub(super) fn validate(&self) -> Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        let mut check = |holds: bool, message: &str| {
            if !holds {
                wrong.push(message.to_owned());
            }
        };
        let database = self.database.url.expose();
        let kv = self.kv.url.expose();
        let is_sqlite = database.starts_with("sqlite:");
        check(
            is_sqlite
                || database.starts_with("postgres://")
                || database.starts_with("postgresql://"),
            "database.url must begin with sqlite:// or postgres://",
        );
        check(
            kv == "memory:" || kv.starts_with("redis://") || kv.starts_with("rediss://"),
            "kv.url must be memory: or begin with redis:// or rediss://",
        );
        check(
            self.database.replicas <= 1 || !(is_sqlite || kv == "memory:"),
            "database.replicas > 1 needs PostgreSQL and Redis",
        );
        check(self.database.max_connections >= 2, "database.max_connections must be at least 2");
        check(self.worker.concurrency >= 1, "worker.concurrency must be at least 1");
        check(self.worker.lease_secs >= 3, "worker.lease_secs must be at least 3");
        check(self.auth.lockout_attempts >= 1, "auth.lockout_attempts must be at least 1");
        check(
            !self.auth.token_keys.is_empty()
                && self.auth.token_keys.iter().all(|k| k.secret.expose().len() >= TOKEN_KEY_BYTES),
            "auth.token_keys needs at least one key of at least 32 bytes",
        );
        check(
            !self.crypto.field_keys.is_empty()
                && self.crypto.field_keys.iter().all(|k| is_hex_256(k.secret.expose())),
            "crypto.field_keys needs at least one key of 64 hexadecimal digits",
        );
        check(
            is_hex_256(self.crypto.index_key.expose()),
            "crypto.index_key must be 64 hexadecimal digits",
        );
        check(distinct(&self.auth.token_keys), "auth.token_keys: ids must differ");
        check(distinct(&self.crypto.field_keys), "crypto.field_keys: ids must differ");
        check(
            self.http.cors_origins.iter().all(|o| o.starts_with("http") && !o.ends_with('/')),
            "http.cors_origins are scheme://host[:port] without a path",
        );
        if !self.is_sandbox() {
            self.validate_production(&mut check);
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn validate_production(&self, check: &mut impl FnMut(bool, &str)) {
        check(!self.sandbox.demo, "production refuses sandbox.demo");
        // Plain http is for an egress proxy on this very machine.
        check(
            ["https://", "http://127.0.0.1", "http://localhost", "http://[::1]"]
                .iter()
                .any(|start| self.wechat.base_url.starts_with(start)),
            "production needs wechat.base_url to be https://… (the built-in WeChat is sandbox only)",
        );
        check(!self.wechat.appid.is_empty(), "production needs wechat.appid");
        check(!self.wechat.secret.is_empty(), "production needs wechat.secret");
        let keys = self.auth.token_keys.iter().chain(&self.crypto.field_keys);
        check(
            keys.map(|k| k.id.as_str()).all(|id| id != "sandbox"),
            "production refuses the sandbox keys in auth.token_keys and crypto.field_keys",
        );
        for published in ["sandbox-token-key", "73616e6a696e2d73616e64626f782d"] {
            let secrets = self.auth.token_keys.iter().chain(&self.crypto.field_keys);
            check(
                secrets
                    .map(|k| k.secret.expose())
                    .chain([self.crypto.index_key.expose(), self.wechat.secret.expose()])
                    .all(|secret| !secret.starts_with(published)),
                "production refuses a secret that is published in the defaults",
            );
        }
    }
}

fn is_hex_256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn distinct(keys: &[Key]) -> bool {
    let mut ids: Vec<_> = keys.iter().map(|k| &k.id).collect();
    ids.sort();
    ids.windows(2).all(|pair| pair.first() != pair.last())
}
