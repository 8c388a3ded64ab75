//! How the platform answers.

use serde_json::{Value, json};

use crate::client::{StoreError, rule};
use crate::random;

/// Result of an endpoint: the reply's JSON object, without `errcode` where the platform omits it.
pub(super) type Reply = Result<Value, Refused>;

/// An error code to answer.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) errcode: i64,
    /// Start of `errmsg`; the code's meaning when absent.
    text: Option<String>,
}

impl Refused {
    pub(super) fn new(errcode: i64) -> Self {
        // The caller's address is what an operator needs from this one.
        let text = (errcode == 40164).then(|| "invalid ip 127.0.0.1, not in whitelist".to_owned());
        Self { errcode, text }
    }

    pub(super) fn because(errcode: i64, text: impl Into<String>) -> Self {
        Self { errcode, text: Some(text.into()) }
    }

    pub(super) fn to_json(&self, path: &str) -> Value {
        let meaning = rule(Some(path), self.errcode).meaning;
        let text = self.text.as_deref().unwrap_or(meaning);
        json!({"errcode": self.errcode, "errmsg": format!("{text} rid: {}", trace_id())})
    }
}

/// A store that fails looks like a busy platform.
impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "simulator store failed");
        Self::new(-1)
    }
}

/// `<8hex>-<8hex>-<8hex>`, the form of request and trace ids.
pub(super) fn trace_id() -> String {
    let [first, second, third] = [(); 3].map(|()| hex::encode(random::bytes::<4>()));
    format!("{first}-{second}-{third}")
}

/// `{"errcode":0,"errmsg":"ok"}`
pub(super) fn ok() -> Value {
    json!({"errcode": 0, "errmsg": "ok"})
}
