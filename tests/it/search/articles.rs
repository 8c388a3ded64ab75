//! An article is found while the public may read it, as it reads.

use sanjin::features::bulletins::service::reindex_bulletins;
use sanjin::features::search::service::reindex_articles;
use serde_json::json;
use tests::{Role, backends, bulletin_body};

use super::{document, page, put, titles};

const ARTICLES: &str = "/api/v1/staff/articles";

backends! {
    async fn an_article_is_found_while_it_is_published_and_as_it_is(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let body = |title: &str, text: &str| json!({
            "title": title, "body_markdown": text, "category": "knowledge", "issuer": "示范局",
            "document_number": "示字〔2026〕7号",
        });
        let text = "# 挑选\n\n看**强**制性认证，再看 `GB 14748`。<script>恶意</script>";
        let post = app.post(ARTICLES).by(&editor).json(body("童车选购", text));
        let draft = post.send().await.expect(201);
        let id = draft["id"].as_str().unwrap().parse().unwrap();
        let article = format!("{ARTICLES}/{id}");
        assert!(titles(app, "童车", "").await.is_empty(), "a draft is nobody's to find");
        app.publish_article(id, &editor).await;
        for query in ["童车", "强制性认证", "GB14748", "示范局", "示字〔2026〕7号"] {
            assert_eq!(titles(app, query, "").await, ["童车选购"], "{query}");
        }
        for query in ["恶意", "strong", "p"] {
            assert!(titles(app, query, "").await.is_empty(), "{query}");
        }
        let hit = page(app, "童车", "&kind=article&category=knowledge").await["items"][0].clone();
        assert_eq!(hit["id"], draft["id"]);
        let version = app.get(&article).by(&editor).send().await.header("etag").to_owned();
        let put = app.put(&article).by(&editor).header("if-match", &version);
        put.json(body("滑板车选购", "新的正文")).send().await.expect(200);
        assert!(titles(app, "滑板车", "").await.is_empty(), "not before it is published");
        app.publish_article(id, &editor).await;
        assert!(titles(app, "童车", "").await.is_empty());
        assert_eq!(titles(app, "滑板车 正文", "").await, ["滑板车选购"]);
        let version = app.get(&article).by(&editor).send().await.header("etag").to_owned();
        let post = app.post(&format!("{article}/withdrawal")).by(&editor).header("if-match", &version);
        post.json(json!({ "notice": "内容有误。" })).send().await.expect(200);
        assert!(titles(app, "滑板车", "").await.is_empty());
        assert_eq!(app.count("SELECT COUNT(*) FROM search_documents").await, 0);
    }

    async fn reindexing_repairs_what_is_missing_and_what_is_too_much(app) {
        for title in ["甲质量", "乙质量", "丙质量"] {
            app.article(title).await;
        }
        let mut bulletin = document(7, "通报质量", &[], "");
        bulletin.kind = entity::search_document::DocumentKind::Bulletin;
        put(app, [document(8, "没有这篇文章的质量", &["多余"], ""), bulletin]).await;
        app.execute("UPDATE articles SET title = '丁质量' WHERE title = '丙质量'").await;
        app.execute("DELETE FROM search_tags").await;
        assert_eq!(reindex_articles(&app.app).await.unwrap(), 3);
        let mut found = titles(app, "质量", "").await;
        found.sort();
        assert_eq!(found, ["丁质量", "乙质量", "甲质量", "通报质量"]);
        assert_eq!(reindex_articles(&app.app).await.unwrap(), 3);
        assert_eq!(app.count("SELECT COUNT(*) FROM search_documents").await, 4);
    }

    async fn reindexing_enters_bulletins_as_they_are(app) {
        app.bulletin(bulletin_body()).await;
        app.drain_jobs().await;
        let title = bulletin_body()["title"].as_str().unwrap().to_owned();
        app.execute("UPDATE search_documents SET title = '旧'").await;
        assert_eq!(reindex_bulletins(&app.app).await.unwrap(), 1);
        assert_eq!(titles(app, &title, "&kind=bulletin").await, [title]);
        app.execute("UPDATE bulletins SET status = 'withdrawn'").await;
        assert_eq!(reindex_bulletins(&app.app).await.unwrap(), 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM search_documents").await, 0);
    }

    async fn a_worker_indexes_what_was_there_before_the_search(app) {
        app.article("质量").await;
        let tables: &[&str] = match app.engine() {
            tests::Engine::Sqlite => &["search_index", "search_tags", "search_documents"],
            tests::Engine::Postgres => &["search_tags", "search_documents"],
        };
        for table in tables {
            app.execute(&format!("DELETE FROM {table}")).await;
        }
        assert!(titles(app, "质量", "").await.is_empty());
        // As the migration asks for it.
        let id = match app.engine() {
            tests::Engine::Sqlite => "X'0190000000007000a000000000000047'",
            tests::Engine::Postgres => "'01900000-0000-7000-a000-000000000047'",
        };
        app.execute(&format!(
            "INSERT INTO jobs (id, kind, payload, unique_key, status, run_at, attempts, \
             max_attempts, created_at) SELECT {id}, 'search.reindex', '{{\"after\":null}}', \
             'search.reindex@47', 'ready', '2026-11-01 00:00:00+00:00', 0, 8, CURRENT_TIMESTAMP \
             WHERE EXISTS (SELECT 1 FROM articles)"
        ))
        .await;
        app.drain_jobs().await;
        sanjin::features::search::service::forget(&app.app);
        assert_eq!(titles(app, "质量", "").await, ["质量"]);
    }
}
