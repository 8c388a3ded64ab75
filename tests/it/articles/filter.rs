//! What a list shows.

use serde_json::{Value, json};
use tests::backends;

use super::{Desk, STAFF};

const LIST: &str = "/api/v1/articles";

backends! {
    async fn list_articles_is_narrowed_by_each_of_its_filters(app) {
        let lab = app.lab("甲实验室").await;
        let quiz = app.quiz(|_| ()).await;
        for (title, more) in [
            ("玩具", json!({
                "category": "toys", "product_class": "culture_education_sports",
                "tags": ["玩具 ", "儿童"], "standards": ["gb6675.1—2014"], "audiences": ["campus"],
                "region_code": "110108", "quiz_id": quiz, "service_id": lab.service_id,
            })),
            ("漫画", json!({
                "category": "product", "kind": "video", "video_url": "https://v.example.cn/1",
                "audiences": ["community", "campus"], "region_code": "31",
            })),
            ("全国", json!({ "category": "notice" })),
        ] {
            let mut body = json!({ "title": title, "body_html": "<p>文</p>" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Desk::with_draft(app, body).await.publish().await.expect(200);
        }
        for (query, mut wanted) in [
            ("", vec!["玩具", "漫画", "全国"]),
            ("?category=product", vec!["玩具", "漫画"]),
            ("?category=toys", vec!["玩具"]),
            ("?category=notice", vec!["全国"]),
            ("?kind=video", vec!["漫画"]),
            ("?kind=comic", vec![]),
            ("?class=culture_education_sports", vec!["玩具"]),
            ("?tag=玩具", vec!["玩具"]),
            ("?tag=玩", vec![]),
            ("?standard=GB%206675.1-2014", vec!["玩具"]),
            ("?standard=gb6675.1-2014", vec!["玩具"]),
            ("?audience=campus", vec!["玩具", "漫画"]),
            ("?audience=hospital", vec![]),
            ("?region=110108", vec!["玩具", "全国"]),
            ("?region=110101", vec!["全国"]),
            ("?region=11", vec!["全国"]),
            ("?region=31", vec!["漫画", "全国"]),
            ("?audience=campus&region=110108&tag=儿童&kind=article", vec!["玩具"]),
        ] {
            let all = app.walk(&format!("{LIST}{query}"), None, 2).await;
            let mut found: Vec<_> = all.iter().map(|one| one["title"].as_str().unwrap()).collect();
            found.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{query}");
        }
        let toys = &app.walk(&format!("{LIST}?tag=玩具"), None, 1).await[0];
        assert_eq!(toys["tags"], json!(["儿童", "玩具"]));
        let path = format!("{LIST}/{}", toys["id"].as_str().unwrap());
        let article = app.get(&path).send().await.expect(200);
        assert_eq!(article["standards"], json!(["GB 6675.1-2014"]));
        assert_eq!([&article["quiz_id"], &article["service_id"]], [&json!(quiz), &json!(lab.service_id)]);
        for query in ["kind=novel", "class=x", "audience=x", "standard=GB", "standard="] {
            app.get(&format!("{LIST}?{query}")).send().await.problem(422, "validation_failed");
        }
        app.get(&format!("{LIST}?region=999999")).send().await.problem(422, "unknown_region");
        app.get(&format!("{LIST}?category=none")).send().await.problem(422, "unknown_category");
    }

    async fn list_articles_finds_nothing_by_what_is_not_public_any_more(app) {
        let body = json!({ "title": "甲", "body_markdown": "文", "category": "notice", "tags": ["旧"] });
        let desk = Desk::with_draft(app, body.clone()).await;
        let found = async |tag: &str| app.walk(&format!("{LIST}?tag={tag}"), None, 5).await.len();
        assert_eq!(found("旧").await, 0);
        desk.publish().await.expect(200);
        assert_eq!(found("旧").await, 1);
        let mut changed = body;
        changed["tags"] = json!(["新"]);
        desk.edit(changed).await.expect(200);
        assert_eq!([found("旧").await, found("新").await], [1, 0], "a draft beside it");
        desk.correct("标签").await.expect(200);
        assert_eq!([found("旧").await, found("新").await], [0, 1]);
        desk.unpublish().await.expect(200);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_labels").await, 0);
    }

    async fn list_article_categories_is_a_tree_with_the_ten_classes(app) {
        let list = app.get("/api/v1/article-categories").send().await.expect(200);
        let items = list["items"].as_array().unwrap();
        let below = |parent: &Value| items.iter().filter(|one| one["parent_code"] == *parent).count();
        let named = |parent: &str| {
            let items = items.iter().filter(|one| one["parent_code"] == parent);
            items.map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>().join("、")
        };
        // As the plan of 2016 names them: tests/fixtures/notices.
        assert_eq!(
            named("product"),
            "空气净化器、电饭煲、智能马桶盖、智能手机、儿童纸尿裤、儿童玩具、婴幼儿童装、厨具、床上用品、家具"
        );
        assert_eq!(below(&json!("product_field")), 10);
        assert_eq!(below(&Value::Null), items.len() - 20);
    }

    async fn list_staff_articles_is_narrowed_by_stage(app) {
        let body = json!({ "title": "甲", "body_markdown": "文", "category": "notice" });
        let (_draft, waiting) = (Desk::with_draft(app, body.clone()).await, Desk::with_draft(app, body).await);
        waiting.submit().await.expect(200);
        let list = app.walk(&format!("{STAFF}?stage=in_review"), Some(&waiting.editor), 5).await;
        assert_eq!(list.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), [json!(waiting.id)]);
    }
}
