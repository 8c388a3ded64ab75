//! What the API can do, read once off its own document: for settings that name operations, and for
//! the gate, which counts them before they are routed.

use std::sync::LazyLock;

use actix_web::http::Method;
use utoipa::openapi::path::Operation as Documented;

use crate::openapi::ApiDoc;

#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// Anybody may ask, known or not.
    pub is_open: bool,
    segments: Vec<String>,
}

#[derive(Debug)]
pub struct Operations(Vec<Operation>);

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

    fn is_at(&self, path: &str) -> bool {
        let mut asked = path.split('/');
        let fits = self.segments.iter().all(|known| {
            asked.next().is_some_and(|a| known == a || (known.starts_with('{') && !a.is_empty()))
        });
        fits && asked.next().is_none()
    }
}

impl Operations {
    #[must_use]
    pub fn shared() -> &'static Self {
        &OPERATIONS
    }

    fn read() -> Self {
        let document = ApiDoc::document();
        let mut all = Vec::new();
        for (path, item) in document.paths.paths {
            let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
            for (method, operation) in [
                (Method::DELETE, item.delete),
                (Method::GET, item.get),
                (Method::PATCH, item.patch),
                (Method::POST, item.post),
                (Method::PUT, item.put),
            ] {
                if let Some(Documented { operation_id: Some(id), security, .. }) = operation {
                    let is_open = security.is_none_or(|needed| needed.is_empty());
                    all.push(Operation { id, method, is_open, segments: segments.clone() });
                }
            }
        }
        // A literal path wins over one with parameters.
        all.sort_by_key(|o| o.segments.iter().filter(|s| s.starts_with('{')).count());
        Self(all)
    }

    /// The operation that a request would be routed to.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        self.0.iter().find(|operation| operation.method == *method && operation.is_at(path))
    }

    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Operation> {
        self.0.iter().find(|operation| operation.id == id)
    }

    /// The methods of a path, as `Allow` lists them; none for a path that no operation has.
    #[must_use]
    pub fn methods(&self, path: &str) -> Option<String> {
        let here: Vec<&str> =
            self.0.iter().filter(|o| o.is_at(path)).map(|o| o.method.as_str()).collect();
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
        let login = Operations::shared().get("login_staff").unwrap();
        assert!(login.is_open && login.is_login() && !login.is_read());
        assert!(!Operations::shared().get("get_me").unwrap().is_open);
    }
}
