//! What a request costs the database: a page of many as much as a page of one, and nothing for what
//! the client has.

use chrono::TimeDelta;
use entity::wechat_identity;
use sanjin::platform::db::{AuditActor, Tx};
use sea_orm::{ConnectionTrait as _, DbBackend, QueryTrait as _, Statement};
use serde_json::json;
use tests::{
    Engine, Operation, Spec, TestApp, backends, bulletin_body, complaint_body, count_statements,
};
use uuid::Uuid;

use crate::bad_input::Callers;

/// Three of what lists show.
async fn fill(app: &TestApp, callers: &Callers) {
    let resident = &callers.resident;
    for name in ["甲", "乙", "丙"] {
        let lab = app.lab(&format!("{name}检验院")).await;
        let slot = app.slot(&lab, 48, 3).await;
        app.booking(resident, slot).await;
        let article = app.article(name).await;
        let favourite = format!("/api/v1/me/favourites/{article}");
        assert!(app.put(&favourite).by(resident).send().await.status.is_success());
        app.quiz(|quiz| quiz["title"] = json!(name)).await;
        app.bulletin(bulletin_body()).await;
        app.drain_jobs().await;
        for (path, body) in [
            ("/api/v1/complaints", complaint_body()),
            ("/api/v1/me/follows", json!({ "kind": "brand", "value": name })),
            (
                "/api/v1/questions",
                json!({
                    "title": "座椅怎么选", "text": "三岁的孩子应该选哪一种座椅？",
                    "product_class": "maternal_elderly_disabled", "region_code": "110101",
                }),
            ),
        ] {
            app.post(path).by(resident).json(body).send().await.expect(201);
        }
        app.advance(TimeDelta::seconds(1));
    }
}

/// The lists that can be asked for as they are; a search wants words.
fn lists() -> impl Iterator<Item = &'static Operation> {
    Spec::shared().operations.iter().filter(|operation| {
        if operation.id == "search_documents" {
            return false;
        }
        let mut given = operation.parameters.iter();
        let has_limit = given.clone().any(|parameter| parameter["name"] == "limit");
        operation.method == "GET"
            && has_limit
            && given.all(|parameter| parameter["required"] != true)
    })
}

backends! {
    async fn postgres_plans_as_it_is_told_and_some_transactions_by_key(app) {
        if app.engine() == Engine::Sqlite {
            return;
        }
        assert_eq!(app.text("SHOW random_page_cost").await.as_deref(), Some("1.1"));
        assert_eq!(app.text("SHOW jit").await.as_deref(), Some("off"));
        let names = [
            "plan_cache_mode",
            "enable_seqscan",
            "enable_hashjoin",
            "enable_mergejoin",
            "enable_material",
            "random_page_cost",
            "jit",
        ];
        let settings = async |tx: &Tx| {
            let mut settings = Vec::new();
            for name in names {
                let show = Statement::from_string(DbBackend::Postgres, format!("SHOW {name}"));
                let row = tx.query_one_raw(show).await.unwrap().unwrap();
                settings.push(row.try_get_by_index::<String>(0).unwrap());
            }
            settings.join(" ")
        };
        let tx = app.app.begin_by_key(AuditActor::System).await.unwrap();
        assert_eq!(settings(&tx).await, "force_generic_plan off off off off 1.1 off");
        let other = app.app.begin(AuditActor::System).await.unwrap();
        assert_eq!(settings(&other).await, "auto on on on on 1.1 off");
    }

    async fn an_identity_is_found_by_its_account_before_postgres_knows_the_table(app) {
        if app.engine() == Engine::Sqlite {
            return;
        }
        app.resident("张三").await;
        app.execute(
            "INSERT INTO wechat_identities (id, account_id, appid, openid, created_at, last_login_at) \
             SELECT gen_random_uuid(), id, 'wx', n, now(), now() FROM accounts, generate_series(1, 3000) n",
        )
        .await;
        let select = wechat_identity::Entity::of(Uuid::nil(), "wx").build(DbBackend::Postgres);
        let explain = format!("EXPLAIN (COSTS OFF) {}", select.sql);
        let explain = Statement { sql: explain, ..select };
        let rows = app.app.db.query_all_raw(explain).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        let conditions: Vec<&str> =
            plan.iter().filter_map(|line| line.trim_start().strip_prefix("Index Cond: (")).collect();
        assert!(matches!(conditions[..], [only] if only.starts_with("account_id = ")), "{plan:#?}");
    }

    async fn a_page_of_many_costs_what_a_page_of_one_costs(app) {
        let callers = Callers::of(app).await;
        fill(app, &callers).await;
        let mut compared = Vec::new();
        for operation in lists() {
            let page = async |limit: u32| {
                let path = format!("{}?limit={limit}", operation.path);
                let ask = || callers.sign(operation, app.get(&path));
                // The first try also learns who asks; an open page is kept after it.
                let (first, reply) = count_statements(ask().send()).await;
                let items = reply.json()["items"].as_array().map_or(0, Vec::len);
                assert_eq!(reply.status, 200, "{}: {}", operation.id, reply.text());
                let cost = match operation.security {
                    Some(_) => app.statements_of(ask).await,
                    None => first,
                };
                (cost, items)
            };
            let (one, _) = page(1).await;
            let (many, items) = page(100).await;
            assert!(many <= one, "{}: {many} statements instead of {one}", operation.id);
            if items > 1 {
                compared.push(operation.id.as_str());
            }
        }
        assert!(compared.len() >= 15, "only {compared:?} had something to compare");
    }

    async fn what_the_client_has_costs_no_query(app) {
        let article = app.article("甲").await;
        for path in ["/api/v1/articles".to_owned(), format!("/api/v1/articles/{article}")] {
            let etag = app.get(&path).send().await.header("etag").to_owned();
            let ask = app.get(&path).header("if-none-match", &etag).send();
            let (cost, reply) = count_statements(ask).await;
            assert_eq!((reply.status.as_u16(), cost), (304, 0), "{path}");
        }
    }
}
