//! Shapes that many tests share: a list walked to its end, a body with one field changed.

use std::collections::HashSet;

use serde_json::Value;

use crate::app::TestApp;
use crate::client::TestRequest;
use crate::fixtures::Person;

impl TestApp {
    /// Every item of a list, `limit` at a time. A walk that shows an item twice fails.
    pub async fn walk(&self, path: &str, who: Option<&Person>, limit: usize) -> Vec<Value> {
        let mut items: Vec<Value> = Vec::new();
        let mut seen = HashSet::new();
        let mut cursor = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{mark}limit={limit}{cursor}")).by_maybe(who);
            let page = page.send().await.expect(200);
            let on_page = page["items"].as_array().unwrap();
            assert!(on_page.len() <= limit, "{path}: {} on a page of {limit}", on_page.len());
            for item in on_page {
                assert!(seen.insert(item["id"].to_string()), "{path} shows {item} twice");
                items.push(item.clone());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
            assert!(!on_page.is_empty(), "{path}: an empty page promises another");
        }
    }

    /// What every list says to a page that cannot be.
    pub async fn refuses_bad_pages(&self, path: &str, who: Option<&Person>) {
        let get = |query: &str| self.get(&format!("{path}?{query}")).by_maybe(who).send();
        for limit in ["0", "101"] {
            get(&format!("limit={limit}")).await.invalid("limit");
        }
        for limit in ["-1", "x", "", "1e2", "99999999999999999999"] {
            get(&format!("limit={limit}")).await.problem(422, "validation_failed");
        }
        for cursor in ["x", "", "AAAA", "%ff", &"A".repeat(300)] {
            get(&format!("cursor={cursor}")).await.problem(422, "invalid_cursor");
        }
        get("page=2").await.invalid("page");
    }

    /// Sends `body` once for each case, with one field changed, and expects each to be refused
    /// for that very field. A field `a.b[0].c` is both where to change and what the answer names.
    pub async fn refuses_each(
        &self,
        request: impl Fn() -> TestRequest,
        body: &Value,
        cases: impl IntoIterator<Item = (&str, Value)>,
    ) {
        for (field, value) in cases {
            let changed = with(body, field, value);
            request().json(changed).send().await.invalid(field);
        }
    }
}

impl TestRequest {
    /// As somebody.
    #[must_use]
    pub fn by(self, who: &Person) -> Self {
        self.bearer(&who.token)
    }

    #[must_use]
    pub fn by_maybe(self, who: Option<&Person>) -> Self {
        match who {
            Some(who) => self.by(who),
            None => self,
        }
    }
}

/// `body` with the field `a.b[0].c` set.
#[must_use]
pub fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut changed = body.clone();
    let mut place = &mut changed;
    for step in field.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        place = match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[step],
        };
    }
    *place = value;
    changed
}
