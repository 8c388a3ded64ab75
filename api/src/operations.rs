//! What the API can do, read once off its own document: for settings that name operations, and for
//! the gate, which counts them before they are routed.

use std::sync::LazyLock;

use actix_web::http::Method;
use matchit::Router;
use utoipa::openapi::path::Operation as Documented;

use crate::openapi::ApiDoc;

#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// Anybody may ask, known or not.
    pub is_open: bool,
}

/// What the API can do, by path: every request is looked up, so that it must not matter how much
/// there is.
pub struct Operations {
    all: Vec<Operation>,
    /// Places in `all`.
    by_path: Router<Vec<usize>>,
}

static OPERATIONS: LazyLock<Operations> = LazyLock::new(Operations::read);

impl Operation {
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.method.is_safe()
    }

    /// Opens a session: `login_staff`, `login_with_wechat`, …
    #[must_use]
    pub fn is_login(&self) -> bool {
        self.id.starts_with("login_")
    }
}

impl Operations {
    #[must_use]
    pub fn shared() -> &'static Self {
        &OPERATIONS
    }

    #[expect(clippy::expect_used, reason = "a path that cannot be routed fails every test")]
    fn read() -> Self {
        let document = ApiDoc::document();
        let (mut all, mut by_path) = (Vec::new(), Router::new());
        for (path, item) in document.paths.paths {
            let before = all.len();
            for (method, operation) in [
                (Method::DELETE, item.delete),
                (Method::GET, item.get),
                (Method::PATCH, item.patch),
                (Method::POST, item.post),
                (Method::PUT, item.put),
            ] {
                if let Some(Documented { operation_id: Some(id), security, .. }) = operation {
                    let is_open = security.is_none_or(|needed| needed.is_empty());
                    all.push(Operation { id, method, is_open });
                }
            }
            by_path.insert(path, (before..all.len()).collect()).expect("paths are distinct");
        }
        Self { all, by_path }
    }

    /// The operations of a path. A literal path wins over one with parameters.
    fn at(&self, path: &str) -> impl Iterator<Item = &Operation> {
        let places = self.by_path.at(path).map_or(&[][..], |found| found.value.as_slice());
        places.iter().filter_map(|place| self.all.get(*place))
    }

    /// The operation that a request would be routed to.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        self.at(path).find(|operation| operation.method == *method)
    }

    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Operation> {
        self.all.iter().find(|operation| operation.id == id)
    }

    /// The methods of a path, as `Allow` lists them; none for a path that no operation has.
    #[must_use]
    pub fn methods(&self, path: &str) -> Option<String> {
        let here: Vec<&str> = self.at(path).map(|operation| operation.method.as_str()).collect();
        (!here.is_empty()).then(|| here.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_found_as_it_would_be_routed() {
        let found = |method, path| Operations::shared().find(&method, path).map(|o| o.id.as_str());
        assert_eq!(found(Method::GET, "/api/v1/me"), Some("get_me"));
        assert_eq!(found(Method::PATCH, "/api/v1/me"), Some("update_me"));
        assert_eq!(found(Method::GET, "/api/v1/complaints/7"), Some("get_complaint"));
        for path in ["/api/v1/complaints/", "/api/v1/complaints/7/8", "/api/v1", "/", ""] {
            assert_eq!(found(Method::GET, path), None, "{path}");
        }
        let calendar = "/api/v1/calendars/x.ics";
        assert_eq!(found(Method::GET, calendar), Some("get_lab_calendar"));
        let login = Operations::shared().get("login_staff").unwrap();
        assert!(login.is_open && login.is_login() && !login.is_read());
        assert!(!Operations::shared().get("get_me").unwrap().is_open);
    }
}
