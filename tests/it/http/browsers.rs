//! Which other origins a browser may call from.

use reqwest::Method;
use tests::{TestApp, TestResponse, backends};

const CONSOLE: &str = "https://console.example.gov.cn";

async fn preflight(app: &TestApp, origin: &str, method: &str, headers: &str) -> TestResponse {
    app.request(Method::OPTIONS, "/api/v1/me")
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers)
        .send()
        .await
}

fn allows(reply: &TestResponse) -> Option<&str> {
    reply.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap())
}

backends! {
    async fn cors_allows_the_configured_origin(
        app, config => { config.http.cors_origins = vec![CONSOLE.to_owned()]; }
    ) {
        let headers = "authorization,content-type,if-match,idempotency-key";
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let reply = preflight(app, CONSOLE, method, headers).await;
            assert!(reply.status.is_success(), "{}", reply.text());
            assert_eq!(allows(&reply), Some(CONSOLE));
            assert_eq!(reply.header("access-control-max-age"), "3600");
        }
        // An error is readable, too, or the console could not tell what is wrong.
        for path in ["/api/v1/articles", "/api/v1/me", "/api/v1/nowhere", "/api/v1/articles?limit=0"] {
            let reply = app.get(path).header("origin", CONSOLE).send().await;
            assert_eq!(allows(&reply), Some(CONSOLE), "{path}");
            let exposed = reply.header("access-control-expose-headers").to_lowercase();
            for name in ["etag", "retry-after", "x-request-id", "idempotency-replayed"] {
                assert!(exposed.contains(name), "{name} is not in {exposed}");
            }
            assert!(!reply.headers.contains_key("access-control-allow-credentials"));
        }
    }

    async fn cors_allows_no_other_origin(
        app, config => { config.http.cors_origins = vec![CONSOLE.to_owned()]; }
    ) {
        for origin in [
            "https://evil.example",
            "https://console.example.gov.cn.evil.example",
            "http://console.example.gov.cn",
            "https://console.example.gov.cn:8443",
            "null",
        ] {
            assert_eq!(allows(&preflight(app, origin, "GET", "authorization").await), None);
            let reply = app.get("/api/v1/articles").header("origin", origin).send().await;
            assert_eq!(allows(&reply), None, "{origin}");
        }
    }

    async fn cors_is_off_when_nothing_is_configured(app) {
        assert_eq!(allows(&preflight(app, CONSOLE, "GET", "authorization").await), None);
        let reply = app.get("/api/v1/articles").header("origin", CONSOLE).send().await;
        assert_eq!(reply.status, 200);
        assert_eq!(allows(&reply), None);
    }
}
