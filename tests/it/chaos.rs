//! The database or Redis goes away under load and comes back: clear errors meanwhile, nothing lost.

use std::net::SocketAddr;

use sanjin::platform::config::{Config, Secret};
use serde_json::json;
use tests::services::Services;
use tests::{ChaosProxy, Engine, TestApp, run_with, wide_pool};

/// Runs a body with a proxy between the service and PostgreSQL.
fn with_fragile_database(body: impl AsyncFnOnce(&TestApp, &ChaosProxy)) {
    with_proxy(
        async |services| ([127, 0, 0, 1], services.postgres_port()).into(),
        |config, proxy| {
            let url = config.database.url.expose().to_owned();
            let name = url.rsplit('/').next().unwrap();
            config.database.url = Secret::new(format!("postgres://postgres@{proxy}/{name}"));
            config.database.acquire_timeout_ms = 500;
        },
        body,
    );
}

/// Runs a body with a proxy between the service and Redis.
fn with_fragile_redis(body: impl AsyncFnOnce(&TestApp, &ChaosProxy)) {
    with_proxy(
        async |services| {
            let url = services.redis_url.trim_start_matches("redis://");
            url.split('/').next().unwrap().parse().unwrap()
        },
        |config, proxy| config.kv.url = Secret::new(format!("redis://{proxy}/0")),
        body,
    );
}

/// The proxy runs in a thread of its own, so that it outlives the settings and serves the body.
fn with_proxy(
    target: impl AsyncFnOnce(&Services) -> SocketAddr,
    change: impl FnOnce(&mut Config, SocketAddr),
    body: impl AsyncFnOnce(&TestApp, &ChaosProxy),
) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let proxy =
        runtime.block_on(async { ChaosProxy::start(target(Services::shared().await).await).await });
    run_with(
        Engine::Postgres,
        |config| {
            wide_pool(config);
            change(config, proxy.address);
        },
        async |app| body(app, &proxy).await,
    );
}

#[test]
fn a_lost_database_is_503_and_then_everything_is_there() {
    with_fragile_database(async |app, proxy| {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 10).await;
        let people = app.residents(6).await;
        let ask = |n: usize| {
            let body = json!({ "slot_id": slot, "product_name": "玩具" });
            let key = format!("chaos-key-{n:04}");
            let post = app.post("/api/v1/bookings").header("idempotency-key", &key);
            post.bearer(&people[n].token).json(body)
        };
        ask(0).send().await.expect(201);
        ask(1).send().await.expect(201);
        let article = format!("/api/v1/articles/{}", app.article("标题").await);
        let page = app.get(&article).send().await;
        page.expect(200);

        proxy.cut();
        // A page that is cached needs no database, nor does saying that it has not changed.
        app.get(&article).send().await.expect(200);
        let known = app.get(&article).header("if-none-match", page.header("etag")).send().await;
        assert_eq!(known.status.as_u16(), 304);
        for n in 2..4 {
            let reply = ask(n).send().await;
            reply.problem(503, "unavailable");
            assert!(reply.header("retry-after").parse::<u32>().unwrap() >= 1);
        }
        let ready = app.get("/readyz").send().await;
        assert_eq!(ready.expect(503)["database"], false);
        app.get("/healthz").send().await.expect(200);

        proxy.restore();
        // A dead connection may still be handed out once; the client does what it was told: again.
        for n in 1..6 {
            let mut reply = ask(n).send().await;
            for _ in 0..20 {
                if reply.status.as_u16() != 503 {
                    break;
                }
                reply = ask(n).send().await;
            }
            reply.expect(201);
        }
        app.get("/readyz").send().await.expect(200);
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 6, "none lost, none twice");
    });
}

#[test]
fn a_lost_redis_costs_sharing_and_nothing_else() {
    with_fragile_redis(async |app, proxy| {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 10).await;
        let before = app.resident("before").await;
        proxy.cut();
        // Limits, codes and tokens go on in the process; bookings never needed Redis.
        let during = app.resident("during").await;
        app.booking(&before, slot).await;
        app.booking(&during, slot).await;
        let ready = app.get("/readyz").send().await.expect(200);
        assert_eq!(ready["kv"], false);
        let metrics = app.get("/metrics").send().await.text();
        assert!(metrics.contains("sanjin_kv_failures_total"), "{metrics}");
        assert!(!metrics.contains("sanjin_kv_failures_total 0"));

        proxy.restore();
        app.advance(chrono::TimeDelta::seconds(2));
        let after = app.resident("after").await;
        app.booking(&after, slot).await;
        assert_eq!(app.get("/readyz").send().await.expect(200)["kv"], true);
        assert_eq!(app.count("SELECT held FROM slots").await, 3);
    });
}
