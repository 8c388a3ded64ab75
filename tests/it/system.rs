//! What an operator looks at: health, readiness, metrics.

use serde_json::json;
use tests::backends;

backends! {
    async fn healthz_says_that_the_process_lives(app) {
        assert_eq!(app.get("/healthz").send().await.expect(200), json!({ "status": "ok" }));
    }

    async fn readyz_shows_every_part_and_refuses_while_draining(app) {
        let ready = app.get("/readyz").send().await.expect(200);
        assert_eq!(ready, json!({
            "status": "ready", "database": true, "kv": true, "storage": true, "draining": false,
        }));
        app.app.lifecycle.drain();
        let draining = app.get("/readyz").send().await.expect(503);
        assert_eq!([&draining["status"], &draining["draining"]], [&json!("not_ready"), &json!(true)]);
        // What is running goes on being served.
        app.get("/healthz").send().await.expect(200);
        app.get("/api/v1/articles").send().await.expect(200);
    }

    async fn readyz_of_an_outdated_schema_refuses(app) {
        app.execute("DELETE FROM seaql_migrations WHERE version LIKE '%notifications'").await;
        assert_eq!(app.get("/readyz").send().await.expect(503)["database"], false);
    }

    async fn metrics_count_requests_by_route_and_jobs_by_state(app) {
        app.resident("xiaoming").await;
        app.get("/api/v1/me").send().await.problem(401, "unauthenticated");
        app.get("/api/v1/regions/11").send().await.expect(200);
        app.get("/api/v1/regions/12").send().await.expect(200);
        app.get("/nowhere/at/all").send().await.problem(404, "not_found");
        app.drain_jobs().await;
        let reply = app.get("/metrics").send().await;
        assert!(reply.header("content-type").starts_with("application/openmetrics-text"));
        let text = reply.text();
        for line in [
            "sanjin_http_requests_total{route=\"/api/v1/regions/{code}\",status=\"200\"} 2",
            "sanjin_http_requests_total{route=\"/api/v1/me\",status=\"401\"} 1",
            "sanjin_job_queue{status=\"dead\"} 0",
            "sanjin_job_queue{status=\"ready\"} 0",
            "sanjin_jobs_total{kind=\"system.prune\",outcome=\"done\"} 1",
            "sanjin_kv_failures_total ",
            "sanjin_http_request_seconds_count",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        // A path somebody invents must not become a label.
        assert!(!text.contains("nowhere"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
