//! The simulated platform's state and the checks every endpoint shares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::accounts::{AccountKind, SimAccount};
use super::fault::Faults;
use super::ledger::Ledger;
use super::reply::Refused;
use super::store::SimulatorStore;
use super::{SimulatorConfig, identity};
use crate::client::mini::{Label, Suggest};
use crate::clock::Clock;

/// Everything a request handler needs.
#[derive(Debug)]
pub(super) struct World {
    pub(super) accounts: Vec<SimAccount>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Arc<dyn SimulatorStore>,
    pub(super) activity_seconds: Option<i64>,
    pub(super) plain_text_replies: bool,
    pub(super) faults: Faults,
    pub(super) ledger: Ledger,
    /// Keys per template id.
    templates: Mutex<HashMap<String, Vec<String>>>,
    text_rules: Mutex<Vec<TextRule>>,
    /// By openid; nobody else is a risk.
    risk_ranks: Mutex<HashMap<String, u8>>,
    /// Token endpoints read, decide and write: one at a time within this simulator.
    pub(super) token_turn: tokio::sync::Mutex<()>,
    /// Grants likewise.
    pub(super) grant_turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct TextRule {
    substring: String,
    suggest: Suggest,
    label: Label,
}

/// A received call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) is_post: bool,
    pub(super) query: HashMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) now: i64,
}

impl World {
    pub(super) fn new(config: SimulatorConfig) -> Self {
        let templates = config.templates.into_iter().map(|t| (t.id, t.keys)).collect();
        Self {
            accounts: config.accounts,
            clock: config.clock,
            store: config.store,
            activity_seconds: config.activity_seconds,
            plain_text_replies: config.plain_text_replies,
            faults: Faults::default(),
            ledger: Ledger::default(),
            templates: Mutex::new(templates),
            text_rules: Mutex::default(),
            risk_ranks: Mutex::default(),
            token_turn: tokio::sync::Mutex::default(),
            grant_turn: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn account(&self, appid: &str) -> Option<&SimAccount> {
        self.accounts.iter().find(|account| account.appid == appid)
    }

    /// The openids of `user` in every mini-program.
    pub(super) fn openids(&self, user: &str) -> Vec<String> {
        let is_mini = |account: &&SimAccount| account.kind == AccountKind::MiniProgram;
        let of_user = |account: &SimAccount| identity::openid(&account.appid, user);
        self.accounts.iter().filter(is_mini).map(of_user).collect()
    }

    pub(super) fn register_template(&self, id: &str, keys: Vec<String>) {
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        templates.insert(id.to_owned(), keys);
    }

    pub(super) fn template_keys(&self, id: &str) -> Option<Vec<String>> {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(super) fn add_text_rule(&self, substring: &str, suggest: Suggest, label: Label) {
        let rule = TextRule { substring: substring.to_owned(), suggest, label };
        self.text_rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    pub(super) fn set_risk_rank(&self, openid: String, rank: u8) {
        self.risk_ranks.lock().unwrap_or_else(PoisonError::into_inner).insert(openid, rank);
    }

    pub(super) fn risk_rank(&self, openid: &str) -> u8 {
        let ranks = self.risk_ranks.lock().unwrap_or_else(PoisonError::into_inner);
        ranks.get(openid).copied().unwrap_or_default()
    }

    /// The verdict of the first rule that any of `texts` contains.
    pub(super) fn judge(&self, texts: &[&str]) -> (Suggest, Label) {
        let rules = self.text_rules.lock().unwrap_or_else(PoisonError::into_inner);
        let hit = rules.iter().find(|rule| texts.iter().any(|text| text.contains(&rule.substring)));
        hit.map_or((Suggest::Pass, Label::Normal), |rule| (rule.suggest, rule.label))
    }
}

impl Call {
    /// A non-empty query parameter, or the code for its absence.
    pub(super) fn query(&self, name: &str, missing: i64) -> Result<&str, Refused> {
        let value = self.query.get(name).filter(|value| !value.is_empty());
        value
            .map(String::as_str)
            .ok_or_else(|| Refused::because(missing, format!("{name} missing")))
    }

    pub(super) fn must_be_get(&self) -> Result<(), Refused> {
        if self.is_post { Err(Refused::new(43001)) } else { Ok(()) }
    }

    /// The JSON body of a POST.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        if !self.is_post {
            return Err(Refused::new(43002));
        }
        if self.body.is_empty() {
            return Err(Refused::new(44002));
        }
        let value: Value = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        if !value.is_object() {
            return Err(Refused::new(47001));
        }
        // serde's text names the field, which is what a developer looks for.
        T::deserialize(value).map_err(|error| Refused::because(47001, error.to_string()))
    }
}
