//! Combinations that would not be safe to run are refused before anything starts.

use super::{Config, FieldAlgorithm, FieldKey, Key};
use crate::platform::limits::nonsense;

/// The shortest token key: HS256 wants as many bytes as its hash gives (RFC 7518, section 3.2).
const TOKEN_KEY_BYTES: usize = 32;
/// Six months of network logs (Cybersecurity Law, Art. 23(3)) are up to 184 days; a shorter time than
/// this is refused, so that nobody sets exactly 180.
const AUDIT_DAYS: u32 = 190;

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
        check(self.privacy.cooling_off_days >= 1, "privacy.cooling_off_days must be at least 1");
        check(self.privacy.exports_per_day >= 1, "privacy.exports_per_day must be at least 1");
        check(self.worker.concurrency >= 1, "worker.concurrency must be at least 1");
        check(self.worker.lease_secs >= 3, "worker.lease_secs must be at least 3");
        check(self.media.ticket_secs >= 60, "media.ticket_secs must be at least 60");
        // Else a file would be swept away while it is checked.
        check(
            u64::from(self.media.orphan_secs) * 1000 >= 2 * self.http.upload_timeout_ms,
            "media.orphan_secs must be at least twice http.upload_timeout_ms",
        );
        check(self.auth.lockout_attempts >= 1, "auth.lockout_attempts must be at least 1");
        // Use is noted once a minute.
        check(self.auth.staff_idle_secs >= 120, "auth.staff_idle_secs must be at least 120");
        check(
            self.auth.staff_session_secs >= self.auth.staff_idle_secs,
            "auth.staff_session_secs must not be shorter than auth.staff_idle_secs",
        );
        // Each is a hash of some 20 ms that a change of password waits for.
        check(self.auth.password_history <= 24, "auth.password_history must be at most 24");
        check(
            !self.auth.token_keys.is_empty()
                && self.auth.token_keys.iter().all(|k| k.secret.expose().len() >= TOKEN_KEY_BYTES),
            "auth.token_keys needs at least one key of at least 32 bytes",
        );
        check(
            !self.crypto.field_keys.is_empty() && self.crypto.field_keys.iter().all(fits_algorithm),
            "crypto.field_keys needs at least one key: 64 hexadecimal digits, or 32 for sm4-gcm",
        );
        for (keys, what) in [
            (&self.crypto.index_keys, "crypto.index_keys"),
            (&self.crypto.audit_keys, "crypto.audit_keys"),
        ] {
            check(
                !keys.is_empty() && keys.iter().all(|k| is_hex(k.secret.expose(), 64)),
                &format!("{what} needs at least one key of 64 hexadecimal digits"),
            );
        }
        check(
            self.audit.retention_days >= AUDIT_DAYS,
            "audit.retention_days must be at least 190: the law asks for six months",
        );
        check(
            self.audit.export_expires_secs >= 60,
            "audit.export_expires_secs must be at least 60",
        );
        for (keys, what) in self.named_keys() {
            let mut ids: Vec<_> = keys.iter().map(|(id, _)| *id).collect();
            ids.sort_unstable();
            check(
                ids.windows(2).all(|pair| pair.first() != pair.last()),
                &format!("{what}: ids must differ"),
            );
            check(
                ids.iter().all(|id| (1..=64).contains(&id.len())),
                &format!("{what}: an id has 1 to 64 bytes"),
            );
        }
        check(
            self.http.cors_origins.iter().all(|o| o.starts_with("http") && !o.ends_with('/')),
            "http.cors_origins are scheme://host[:port] without a path",
        );
        check(
            (1..=600).contains(&self.appointments.hold_secs),
            "appointments.hold_secs must be 1 to 600",
        );
        check(
            (30..=600).contains(&self.appointments.check_in_code_secs),
            "appointments.check_in_code_secs must be 30 to 600",
        );
        check(
            self.appointments.scan_tolerance_secs <= 3_600,
            "appointments.scan_tolerance_secs must be at most 3600",
        );
        check(
            self.appointments.scan_within_days >= 1,
            "appointments.scan_within_days must be at least 1",
        );
        check(
            self.appointments.remind_ahead_secs <= 604_800
                && self.appointments.remind_soon_secs <= self.appointments.remind_ahead_secs,
            "appointments.remind_ahead_secs is at most a week and not less than remind_soon_secs",
        );
        check(self.desk.export_keep_secs >= 60, "desk.export_keep_secs must be at least 60");
        check(self.appointments.offer_secs > 0, "appointments.offer_secs must be at least 1");
        check(
            (1..=1000).contains(&self.appointments.waitlist_per_slot),
            "appointments.waitlist_per_slot must be 1 to 1000",
        );
        check(
            (1..=500).contains(&self.appointments.group_units),
            "appointments.group_units must be 1 to 500",
        );
        check(
            (1..=250).contains(&self.samples.result_workdays),
            "samples.result_workdays must be 1 to 250",
        );
        check((1..=10).contains(&self.samples.per_unit), "samples.per_unit must be 1 to 10");
        check(
            (60..=86_400).contains(&self.samples.link_secs),
            "samples.link_secs must be 60 to 86400",
        );
        check(
            (1..=3_650).contains(&self.readers.history_days),
            "readers.history_days must be 1 to 3650",
        );
        check(
            (1..=10_000).contains(&self.readers.favourites_most),
            "readers.favourites_most must be 1 to 10000",
        );
        let poster_url = &self.readers.poster_url;
        check(
            poster_url.is_empty() || poster_url.starts_with("http") && poster_url.ends_with('/'),
            "readers.poster_url begins with http and ends with /",
        );
        check(
            (1..=60).contains(&self.questions.answer_workdays),
            "questions.answer_workdays must be 1 to 60",
        );
        check(
            (5..=600).contains(&self.availability.refresh_secs),
            "availability.refresh_secs must be 5 to 600",
        );
        check((1..=26).contains(&self.availability.weeks), "availability.weeks must be 1 to 26");
        let public_url = &self.http.public_url;
        check(
            public_url.is_empty() || public_url.starts_with("http") && !public_url.ends_with('/'),
            "http.public_url is scheme://host[:port] without a path",
        );
        let is_page = |url: &str| {
            url.is_empty() || url.starts_with("http") && url.matches("{id}").count() == 1
        };
        check(
            is_page(&self.site.article_url),
            "site.article_url begins with http and holds {id} once",
        );
        check(
            is_page(&self.site.bulletin_url),
            "site.bulletin_url begins with http and holds {id} once",
        );
        // sitemaps.org allows no more in one file.
        check(
            (1..=50_000).contains(&self.site.sitemap_urls),
            "site.sitemap_urls must be 1 to 50000",
        );
        let challenge = &self.challenge;
        check((8..=28).contains(&challenge.difficulty), "challenge.difficulty is 8 to 28 bits");
        check(
            (30..=3_600).contains(&challenge.lifetime_secs),
            "challenge.lifetime_secs is 30 to 3600",
        );
        check(
            challenge.failures >= 1 && challenge.window_secs >= challenge.failures,
            "challenge.failures is at least 1, and challenge.window_secs at least as much",
        );
        check(
            self.text_review.sample_per_mille <= 1_000,
            "text_review.sample_per_mille is at most 1000",
        );
        check(self.text_review.claim_secs >= 60, "text_review.claim_secs is at least 60");
        check(self.risk.keep_days >= 1, "risk.keep_days is at least 1");
        let official = &self.wechat.official;
        check(
            official.appid.is_empty() == official.secret.is_empty(),
            "wechat.official needs both appid and secret, or neither",
        );
        check(
            !official.is_on()
                || (official.callback_url.starts_with("http")
                    && !official.callback_url.contains(['#', '\\'])),
            "wechat.official.callback_url must be a page without a fragment",
        );
        if !self.is_sandbox() {
            self.validate_production(&mut check);
        }
        wrong.extend(nonsense(&self.limits));
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
        let official = &self.wechat.official;
        // The cookie that binds a log-in to its browser is for https alone.
        check(
            !official.is_on()
                || [&official.authorize_url, &official.callback_url]
                    .iter()
                    .all(|url| url.starts_with("https://")),
            "production needs wechat.official.authorize_url and callback_url to be https://…",
        );
        check(
            official.secret.expose() != "sandbox-official-secret",
            "production refuses a wechat.official.secret that is published in the defaults",
        );
        let privacy = &self.privacy;
        check(
            [&privacy.controller, &privacy.contact, &privacy.children_officer]
                .iter()
                .all(|text| !text.trim().is_empty()),
            "production needs privacy.controller, privacy.contact and privacy.children_officer",
        );
        for (keys, what) in self.named_keys() {
            check(
                keys.iter().all(|(id, _)| *id != "sandbox"),
                &format!("production refuses the sandbox key in {what}"),
            );
            check(
                keys.iter().all(|(_, secret)| !is_published(secret)),
                &format!("production refuses a secret in {what} that is published in the defaults"),
            );
        }
        check(
            !is_published(self.wechat.secret.expose()),
            "production refuses a wechat.secret that is published in the defaults",
        );
    }

    /// Every list of keys: (id, secret) of each, and what the list is called.
    fn named_keys(&self) -> [(Vec<(&str, &str)>, &'static str); 4] {
        fn of(keys: &[Key]) -> Vec<(&str, &str)> {
            keys.iter().map(|k| (k.id.as_str(), k.secret.expose())).collect()
        }
        let crypto = &self.crypto;
        let fields = crypto.field_keys.iter().map(|k| (k.id.as_str(), k.secret.expose()));
        [
            (of(&self.auth.token_keys), "auth.token_keys"),
            (fields.collect(), "crypto.field_keys"),
            (of(&crypto.index_keys), "crypto.index_keys"),
            (of(&crypto.audit_keys), "crypto.audit_keys"),
        ]
    }
}

fn is_published(secret: &str) -> bool {
    ["sandbox-", "73616e6a696e2d73616e64626f782d"].iter().any(|start| secret.starts_with(start))
}

fn fits_algorithm(key: &FieldKey) -> bool {
    let digits = match key.algorithm {
        FieldAlgorithm::Aes256Gcm => 64,
        FieldAlgorithm::Sm4Gcm => 32,
    };
    is_hex(key.secret.expose(), digits)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit())
}
