//! The members of a push, whether it came as XML or as JSON.

use std::fmt;

use serde_json::{Map, Value};

/// The members of a push or of an element within. Text where XML has text; numbers may come as
/// either (protocol 0.3).
#[derive(Clone, PartialEq, Default)]
pub struct Fields(Map<String, Value>);

impl fmt::Debug for Fields {
    /// Values are personal data; the names are enough to see what came.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Fields {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// The member `name` as it came.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The member `name` as text, a number in its decimal form; `None` when absent, empty or of
    /// another type.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The member `name` as an integer.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    /// The member `name` as a decimal number.
    pub fn decimal(&self, name: &str) -> Option<f64> {
        self.text(name)?.trim().parse().ok()
    }

    /// The members of the element `name`.
    pub fn child(&self, name: &str) -> Option<Self> {
        self.0.get(name)?.as_object().cloned().map(Self)
    }

    /// The elements `name`: several, or one that came without an array (protocol 2.7).
    pub fn children(&self, name: &str) -> Vec<Self> {
        let values = match self.0.get(name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        values.iter().filter_map(Value::as_object).cloned().map(Self).collect()
    }
}
