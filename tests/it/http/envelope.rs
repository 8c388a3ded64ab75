//! Identity of a request, errors as problems, methods and headers.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::{Role, Spec, TestResponse, backends};
use wechat::client::paths::CODE_TO_SESSION;
use wechat::simulator::Fault;

/// The headers that every reply carries, good or bad.
fn is_hardened(reply: &TestResponse) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(reply.header(name), value);
    }
    assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(!reply.headers.contains_key("server") && !reply.headers.contains_key("x-powered-by"));
}

backends! {
    async fn every_reply_carries_the_security_headers(app) {
        let person = app.resident("xiaoming").await;
        let get = |path: &str| app.get(path).by(&person).send();
        for (path, status) in [
            ("/api/v1/articles", 200),
            ("/api/v1/me", 200),
            ("/healthz", 200),
            ("/metrics", 200),
            ("/docs/", 200),
            ("/openapi.json", 200),
            ("/docs", 301),
            ("/nowhere", 404),
            ("/api/v1/auth/refresh", 405),
            ("/api/v1/articles?x=%00", 400),
            ("/api/v1/staff/me", 401),
            ("/api/v1/articles?limit=0", 422),
        ] {
            let reply = get(path).await;
            assert!(reply.status == status || (path == "/docs" && reply.status == 200), "{path}");
            is_hardened(&reply);
            if status >= 400 {
                assert_eq!(reply.header("cache-control"), "no-store", "{path}");
            }
        }
    }

    async fn every_request_has_an_id_and_a_harmless_one_is_kept(app) {
        let ask = |id: &str| app.get("/api/v1/nowhere").header("x-request-id", id).send();
        for id in ["12345678", "a-request_0001", &"x".repeat(64)] {
            let reply = ask(id).await;
            assert_eq!(reply.header("x-request-id"), id);
            assert_eq!(reply.problem(404, "not_found")["request_id"], id);
        }
        let mut given = HashSet::new();
        for id in ["", "short-1", &"x".repeat(65), "a\tb\tc\td\te", "<script>alert(1)", "id; drop"] {
            let reply = ask(id).await;
            let own = reply.header("x-request-id").to_owned();
            assert_ne!(own, id);
            assert_eq!(reply.problem(404, "not_found")["request_id"], own);
            given.insert(own);
        }
        assert_eq!(given.len(), 6, "an id is never given twice");
        let refused = app.log_lines().iter().any(|line| line.contains("a-request_0001"));
        assert!(refused, "the log knows the request by its id");
    }

    async fn every_unknown_path_is_a_problem(app) {
        for path in [
            "/", "/nowhere", "/api", "/api/v1", "/api/v1/", "/api/v2/articles", "/api/v1/articles/",
            "/api/v1//articles", "/API/V1/ARTICLES", "/api/v1/articles/x/y/z", "/.git/config",
            "/api/v1/me/../../../etc/passwd", "/sandbox", "/index.php", "/api/v1/%2e%2e/healthz",
        ] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                app.request(method, path).send().await.problem(404, "not_found");
            }
        }
    }

    async fn every_known_path_under_another_method_is_not_allowed(app) {
        for operation in &Spec::shared().operations {
            let path = operation.path.replace("{id}", "00000000-0000-0000-0000-000000000000");
            let path = path.replace("{item_id}", "7").replace("{code}", "11").replace("{key}", "x");
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
                let is_known = Spec::shared()
                    .operations
                    .iter()
                    .any(|other| other.path == operation.path && other.method == method);
                if !is_known {
                    let reply = app.request(method.parse().unwrap(), &path).send().await;
                    reply.problem(405, "method_not_allowed");
                    let allowed: Vec<&str> = reply.header("allow").split(", ").collect();
                    assert!(!allowed.is_empty() && !allowed.contains(&method));
                }
            }
        }
    }

    async fn head_answers_as_get_without_a_body(app) {
        let person = app.resident("xiaoming").await;
        for path in ["/api/v1/me", "/api/v1/articles", "/healthz", "/api/v1/nowhere"] {
            let get = app.get(path).by(&person).send().await;
            let head = app.request(Method::HEAD, path).by(&person).send().await;
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
            assert_eq!(head.header("content-type"), get.header("content-type"));
        }
        let head = app.request(Method::HEAD, "/api/v1/me").send().await;
        assert_eq!((head.status.as_u16(), head.body.len()), (401, 0));
        let head = app.request(Method::HEAD, "/api/v1/auth/refresh").send().await;
        assert_eq!(head.status, 405);
    }

    async fn every_refusal_comes_before_the_body_is_looked_at(app) {
        let resident = app.resident("xiaoming").await;
        let editor = app.staff(Role::Editor, "country").await;
        for body in ["{", "[]", "{\"x\": 1}"] {
            let post = |path: &str| app.post(path).raw("application/json", body);
            post("/api/v1/complaints").send().await.problem(401, "unauthenticated");
            post("/api/v1/complaints").by(&editor).send().await.problem(401, "token_invalid");
            post("/api/v1/staff/labs").send().await.problem(401, "unauthenticated");
            post("/api/v1/staff/labs").by(&resident).send().await.problem(401, "token_invalid");
            post("/api/v1/staff/labs").by(&editor).send().await.problem(403, "forbidden");
        }
    }

    async fn every_problem_has_the_shape_of_rfc_9457(app) {
        let reply = app.get("/api/v1/articles?limit=0").send().await;
        let problem = reply.problem(422, "validation_failed");
        assert_eq!(problem, json!({
            "type": "urn:sanjin:error:validation_failed",
            "title": "填写的内容有误，请按提示修改。",
            "status": 422,
            "code": "validation_failed",
            "request_id": reply.header("x-request-id"),
            "errors": [{ "path": "limit", "code": "out_of_range", "message": "应在 1 与 100 之间" }],
        }));
    }

    async fn a_request_that_takes_too_long_is_ended_and_writes_nothing(
        app, config => { config.http.request_timeout_ms = 300; }
    ) {
        let code = app.wechat().mint_login_code("xiaoming", app.app.wechat.appid()).await.unwrap();
        let slow = Fault::Latency(Duration::from_millis(900));
        app.wechat().inject(CODE_TO_SESSION, slow, 1);
        let login = app.post("/api/v1/auth/wechat/login").json(json!({ "code": code }));
        let reply = login.send().await;
        reply.problem(503, "request_timeout");
        assert_eq!(reply.header("retry-after"), "5");
        is_hardened(&reply);
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts").await, 0);
        app.resident("xiaoming").await;
    }

    async fn the_documents_are_served_without_another_host(app) {
        let document = app.get("/openapi.json").send().await;
        assert_eq!(&document.expect(200), Spec::shared().document());
        assert_eq!(document.header("content-type"), "application/json");
        let page = app.get("/docs/").send().await;
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
        let text = page.text();
        let sources: Vec<&str> = text.split("src=\"").skip(1).collect();
        assert!(!sources.is_empty());
        for source in sources {
            assert!(!source.starts_with("http") && !source.starts_with("//"), "{source:.60}");
        }
        app.get("/docs/none.js").send().await.problem(404, "not_found");
        app.get("/docs/..%2f..%2fCargo.toml").send().await.problem(404, "not_found");
    }
}
