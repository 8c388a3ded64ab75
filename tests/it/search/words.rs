//! Synonyms, and what people look for in vain.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends, wide_pool};

use super::{STAFF, document, put, strings, titles};

fn words(words: &[&str]) -> Value {
    json!({ "words": words })
}

async fn misses(app: &TestApp, who: &Person) -> Vec<(String, i64)> {
    let all = app.walk(&format!("{STAFF}/misses"), Some(who), 2).await;
    let item =
        |item: &Value| (item["term"].as_str().unwrap().to_owned(), item["count"].as_i64().unwrap());
    all.iter().map(item).collect()
}

/// Lets what was searched be written.
async fn settle(app: &TestApp) {
    app.advance(TimeDelta::seconds(10));
    titles(app, "某词", "&kind=question").await;
}

backends! {
    async fn synonyms_are_kept_by_editors(app) {
        let (editor, reviewer) =
            (app.staff(Role::Editor, "country").await, app.staff(Role::Reviewer, "country").await);
        let path = format!("{STAFF}/synonyms");
        put(app, [document(1, "磷酸铁锂电池", &[], ""), document(2, "移动电源", &[], "")]).await;
        assert!(titles(app, "充电宝", "").await.is_empty());
        let post = app.post(&path).by(&editor).json(words(&["充电宝", " 移动电源 ", "移動電源", "power bank"]));
        let reply = post.send().await;
        let group = reply.expect(201);
        assert_eq!(group["words"], json!(["充电宝", "移动电源", "power bank"]));
        assert_eq!(reply.header("etag"), "\"0\"");
        assert_eq!(titles(app, "充电宝", "").await, ["移动电源"]);
        assert_eq!(titles(app, "Power Bank", "").await, ["移动电源"]);
        let seeded = app.walk(&path, Some(&reviewer), 1).await;
        assert_eq!(seeded.len(), 3);
        let one = format!("{path}/{}", group["id"].as_str().unwrap());
        let change = |tag: &str| app.put(&one).by(&editor).header("if-match", tag).json(words(&["充电宝", "锂电池"]));
        change("\"1\"").send().await.problem(412, "stale_version");
        app.put(&one).by(&editor).json(words(&["a", "b"])).send().await.problem(428, "precondition_required");
        assert_eq!(change("\"0\"").send().await.expect(200)["version"], 1);
        assert_eq!(titles(app, "充电宝", "").await, ["磷酸铁锂电池"]);
        app.delete(&one).by(&editor).send().await.expect(204);
        app.delete(&one).by(&editor).send().await.problem(404, "not_found");
        assert!(titles(app, "充电宝", "").await.is_empty());
        app.post(&path).by(&reviewer).json(words(&["a", "b"])).send().await.problem(403, "forbidden");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE object_kind = 'search_synonyms'";
        assert_eq!(app.count(audited).await, 3);
    }

    async fn synonyms_that_say_nothing_or_are_taken_are_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let path = format!("{STAFF}/synonyms");
        let post = |body: Value| app.post(&path).by(&editor).json(body).send();
        for (body, field) in [
            (words(&["甲"]), "words"),
            (words(&["甲", "甲 "]), "words"),
            (words(&["质量", "質量"]), "words"),
            (words(&["甲", "，。"]), "words[1]"),
            (words(&["", "甲"]), "words[0]"),
            (words(&["甲", &"字".repeat(41)]), "words[1]"),
            (words(&["甲", "两\n行"]), "words[1]"),
            (words(&["甲"; 21]), "words"),
            (json!({ "words": "甲" }), "words"),
            (json!({ "words": ["甲", "乙"], "note": "x" }), "note"),
        ] {
            post(body).await.invalid(field);
        }
        post(words(&["電動車", "小电驴"])).await.problem(409, "synonym_taken");
        assert_eq!(app.count("SELECT COUNT(*) FROM search_synonyms").await, 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM search_synonym_words").await, 4);
    }

    async fn a_word_that_many_add_at_once_is_in_one_group(app, config => { wide_pool(config); }) {
        let editor = app.staff(Role::Editor, "country").await;
        let asks = (0..12).map(|n| {
            let body = words(&["头盔", format!("安全帽{n}").as_str()]);
            app.post(&format!("{STAFF}/synonyms")).by(&editor).json(body).send()
        });
        let replies = join_all(asks).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        for reply in replies.iter().filter(|reply| reply.status != 201) {
            reply.problem(409, "synonym_taken");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM search_synonym_words").await, 6);
    }

    async fn one_document_that_many_change_at_once_is_there_once(app, config => { wide_pool(config); }) {
        join_all((0..12).map(|n| put(app, [document(1, &format!("质量{n}"), &["质量", "月"], "")]))).await;
        assert_eq!(titles(app, "质量", "").await.len(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM search_tags").await, 2);
    }

    async fn what_is_not_found_is_told_to_editors_and_never_who_or_whom(app) {
        let editor = app.staff(Role::Editor, "country").await;
        put(app, [document(1, "质量", &[], "")]).await;
        for query in ["平衡車", "平衡车", "\"平衡车\"", "质量", "GB 9999.1-2014"] {
            titles(app, query, "").await;
        }
        for secret in ["13800138000", "138 0013 8000 王", "11010519491231002X", "a@b.cn", "１３８００１３８０００"] {
            titles(app, secret, "").await;
        }
        // Under a filter it may well be there.
        titles(app, "质量", "&kind=question").await;
        assert!(misses(app, &editor).await.is_empty(), "written every ten seconds");
        settle(app).await;
        assert_eq!(misses(app, &editor).await.len(), 2);
        let mut found = misses(app, &editor).await;
        found.sort();
        // Both spellings are one page of the cache.
        assert_eq!(found, [("gb999912014".to_owned(), 1), ("平衡车".to_owned(), 2)]);
        let often = app.get(&format!("{STAFF}/misses?least=2")).by(&editor).send().await.expect(200);
        assert_eq!(strings(&often["items"], "term"), ["平衡车"]);
        let stored = app.dump("search_terms").await;
        assert!(!stored.contains("138") && !stored.contains("110105") && !stored.contains('@'), "{stored}");
        // Once there is something, it is missed no more.
        put(app, [document(2, "平衡车", &[], "")]).await;
        titles(app, "平衡车", "&limit=3").await;
        settle(app).await;
        assert_eq!(misses(app, &editor).await, [("gb999912014".to_owned(), 1)]);
        assert_eq!(app.count("SELECT count FROM search_terms WHERE plain = '平衡车'").await, 3);
        app.refuses_bad_pages(&format!("{STAFF}/misses"), Some(&editor)).await;
        app.refuses_bad_pages(&format!("{STAFF}/synonyms"), Some(&editor)).await;
    }

    async fn what_nobody_searches_any_more_is_forgotten(app) {
        let editor = app.staff(Role::Editor, "country").await;
        titles(app, "旧词", "").await;
        settle(app).await;
        assert_eq!(misses(app, &editor).await.len(), 1);
        app.advance(TimeDelta::days(181));
        titles(app, "新词", "").await;
        settle(app).await;
        let left = app.text("SELECT plain FROM search_terms").await;
        assert_eq!(left.as_deref(), Some("新词"));
    }
}
