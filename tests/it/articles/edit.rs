//! What editors and reviewers do.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Role, backends, jpeg, with};
use uuid::Uuid;

use super::{Desk, STAFF, article_body};

/// Ways to get a script into a page.
const ATTACKS: [&str; 14] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    "<a href=\" javascript:alert(1)\">x</a>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<p style=\"background:url(javascript:alert(1))\" onclick=alert(1)>x</p>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
];

/// Attributes and elements that must not be in a page.
const HARM: [&str; 14] = [
    "<script",
    "onerror=",
    "onload=",
    "onclick=",
    "javascript:",
    "data:",
    "<iframe",
    "<svg",
    "style=",
    "<style",
    "<form",
    "<base",
    "<meta",
    "<template",
];

/// The markup of a page alone: what stands in its text can do nothing.
fn markup(html: &str) -> String {
    let mut tags = String::new();
    for part in html.split('<').skip(1) {
        tags.push('<');
        tags.push_str(part.split('>').next().unwrap_or_default());
        tags.push('>');
    }
    tags.to_lowercase()
}

backends! {
    async fn create_article_begins_a_draft_of_its_author(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let reply = app.post(STAFF).by(&editor).json(article_body("甲")).send().await;
        let draft = reply.expect(201);
        assert_eq!([&draft["status"], &draft["summary"]], ["draft", "正文 重点"]);
        assert_eq!(draft["author_id"], editor.id.to_string());
        assert_eq!(draft["published_at"], Value::Null);
        assert_eq!((reply.header("etag"), &draft["version"]), ("\"0\"", &json!(0)));
        assert_eq!(reply.header("cache-control"), "no-store");
        let path = format!("{STAFF}/{}", draft["id"].as_str().unwrap());
        let read = app.get(&path).by(&editor).send().await;
        assert_eq!(read.expect(200), draft);
        assert_eq!(read.header("etag"), "\"0\"");
    }

    async fn create_article_with_a_wrong_field_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let post = || app.post(STAFF).by(&editor);
        let full = with(&article_body("甲"), "media", json!([{ "media_id": Uuid::nil(), "alt": "图" }]));
        let full = with(&full, "audiences", json!(["campus"]));
        app.refuses_each(post, &full, [
            ("title", json!("")),
            ("title", json!(" \u{3000} ")),
            ("title", json!("字".repeat(121))),
            ("title", json!("两\n行")),
            ("title", json!("反\u{202e}转")),
            ("title", json!(null)),
            ("summary", json!("字".repeat(301))),
            ("summary", json!(["x"])),
            ("body_markdown", json!("")),
            ("body_markdown", json!("x".repeat(100_001))),
            ("body_markdown", json!("\u{7}")),
            ("category", json!("")),
            ("category", json!("x".repeat(41))),
            ("issuer", json!("字".repeat(121))),
            ("document_number", json!("字".repeat(61))),
            ("issued_on", json!("2026-02-31")),
            ("issued_on", json!("20261101")),
            ("issued_on", json!(20_261_101)),
            ("body_html", json!("<script>")),
            ("status", json!("published")),
            ("kind", json!("novel")),
            ("product_class", json!("weapons")),
            ("tags", json!(["字".repeat(31)])),
            ("tags", json!([""])),
            ("tags", json!(["两\n行"])),
            ("tags", json!(vec!["x"; 21])),
            ("standards", json!(["GB 6675"])),
            ("standards", json!(["<script>"])),
            ("audiences[0]", json!("prison")),
            ("region_code", json!("9".repeat(10))),
            ("source", json!("字".repeat(121))),
            ("responsible_unit", json!("字".repeat(61))),
            ("media", json!(vec![json!({ "media_id": Uuid::nil() }); 51])),
            ("media[0].alt", json!("两\n行")),
            ("video_url", json!("http://v.example.cn/x")),
            ("video_url", json!("javascript:alert(1)")),
            ("quiz_id", json!("7")),
            ("service_id", json!("7")),
            ("expire_at", json!("tomorrow")),
        ]).await;
        let unknown = with(&article_body("甲"), "category", json!("none"));
        let refused = post().json(unknown).send().await;
        assert_eq!(refused.problem(422, "unknown_category")["errors"][0]["path"], "category");
        for (field, value, code) in [
            ("region_code", json!("999999"), "unknown_region"),
            ("quiz_id", json!(Uuid::nil()), "unknown_quiz"),
            ("service_id", json!(Uuid::nil()), "unknown_lab_service"),
        ] {
            let body = with(&article_body("甲"), field, value);
            let refused = post().json(body).send().await;
            assert_eq!(refused.problem(422, code)["errors"][0]["path"], field);
        }
        let refused = post().json(full).send().await;
        assert_eq!(refused.problem(422, "media_unavailable")["errors"][0]["path"], "media[0].media_id");
        let mut title_missing = article_body("甲");
        title_missing.as_object_mut().unwrap().remove("title");
        post().json(title_missing).send().await.invalid("title");
        assert_eq!(app.count("SELECT COUNT(*) FROM articles").await, 0);
    }

    async fn create_article_at_the_limits_is_accepted(app) {
        let body = json!({
            "title": "字".repeat(120), "summary": "字".repeat(300), "category": "knowledge",
            // Four bytes a character would be more than a request may hold.
            "body_markdown": "x".repeat(100_000),
            "tags": (0..20).map(|n| format!("{n:0>30}")).collect::<Vec<_>>(), "source": "字".repeat(120),
            "responsible_unit": "字".repeat(60), "audiences": ["community", "campus", "township", "hospital"],
            "issuer": "字".repeat(120), "document_number": "字".repeat(60), "issued_on": "2024-02-29",
        });
        Desk::with_draft(app, body).await.publish().await.expect(200);
    }

    async fn article_of_an_attacker_holds_no_script(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let links = format!("{}/preview-links", desk.staff_path());
        let link = app.post(&links).by(&desk.reviewer).json(json!({})).send().await.expect(201);
        let mut version = 0;
        for attack in ATTACKS {
            // The title is one line and plain text; a client must escape it as any text.
            let line = attack.replace(['\t', '\n'], " ");
            let tag: String = line.chars().take(30).collect();
            let text = format!("前 {attack} 后\n\n{attack}\n\n> {attack}");
            for format in ["body_markdown", "body_html"] {
                let body = json!({
                    "title": line, "summary": line, "issuer": line, "source": line, "category": "knowledge",
                    "tags": [tag.trim()], format: text,
                });
                let edited = desk.put("", version).json(body).send().await.expect(200);
                version += 1;
                let reply = app.get(link["url"].as_str().unwrap()).send().await;
                let article = reply.expect(200);
                assert_eq!(article["body_html"], edited["body_html"]);
                let markup = markup(article["body_html"].as_str().unwrap());
                for harm in HARM {
                    assert!(!markup.contains(harm), "{attack} left {harm} in {markup}");
                }
                assert_eq!([&article["title"], &article["summary"], &article["source"]], [&line; 3]);
                // As JSON, never sniffed into a page.
                assert_eq!(reply.header("content-type"), "application/json");
                assert_eq!(reply.header("x-content-type-options"), "nosniff");
            }
        }
        // What nobody can see without its picture is not handed in.
        let refused = desk.edit(with(&article_body("甲"), "body_markdown", json!("<img src=x onerror=alert(1)>"))).await;
        refused.expect(200);
        let problem = desk.submit().await.problem(422, "article_incomplete");
        assert_eq!(problem["errors"][0]["path"], "body_markdown.images[0]");
    }

    async fn set_article_cover_and_media_of_an_attacker_are_texts(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let picture = app.article_picture(&desk.editor, &jpeg(30, 20)).await;
        let attack = "\"><script>alert(1)</script>";
        let media = json!([{ "media_id": picture, "alt": attack }]);
        desk.edit(with(&article_body("甲"), "media", media)).await.expect(200);
        let put = desk.put("/cover?alt=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", 1);
        put.raw("image/jpeg", jpeg(9, 9)).send().await.expect(200);
        desk.publish().await.expect(200);
        let article = desk.read().await.expect(200);
        assert_eq!([&article["cover_alt"], &article["media"][0]["alt"]], [attack, attack]);
        let shown = &article["media"][0];
        assert_eq!([&shown["width"], &shown["height"], &shown["media_type"]], [&json!(30), &json!(20), &json!("image/jpeg")]);
        assert_eq!(app.get(shown["url"].as_str().unwrap()).send().await.status, 200);
        assert!(!article["body_html"].as_str().unwrap().contains("script"));
    }

    async fn update_article_without_the_current_version_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let put = || app.put(&desk.staff_path()).by(&desk.editor).json(article_body("乙"));
        put().send().await.problem(428, "precondition_required");
        for tag in ["\"1\"", "\"-1\"", "*", "\"x\"", "", "99999999999999", "\"0\", \"1\""] {
            put().header("if-match", tag).send().await.problem(412, "stale_version");
        }
        let first = desk.put("", 0).json(article_body("乙")).send().await;
        assert_eq!((first.expect(200)["title"].clone(), first.header("etag")), (json!("乙"), "\"1\""));
        // A second editor started from the same version.
        desk.put("", 0).json(article_body("丙")).send().await.problem(412, "stale_version");
        desk.put("", 1).json(article_body("丙")).send().await.expect(200);
    }

    async fn update_article_with_a_wrong_field_changes_nothing(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        app.refuses_each(|| desk.put("", 0), &article_body("乙"), [
            ("title", json!("")), ("body_markdown", json!("")), ("version", json!(7)),
        ]).await;
        let unknown = with(&article_body("乙"), "category", json!("none"));
        desk.put("", 0).json(unknown).send().await.problem(422, "unknown_category");
        let read = app.get(&desk.staff_path()).by(&desk.editor).send().await.expect(200);
        assert_eq!([&read["title"], &read["version"]], [&json!("甲"), &json!(0)]);
    }

    async fn update_article_that_does_not_exist_is_refused(app) {
        let editor = app.staff(Role::Editor, "country").await;
        for id in [Uuid::nil().to_string(), "7".to_owned()] {
            let path = format!("{STAFF}/{id}");
            let put = app.put(&path).by(&editor).header("if-match", "\"0\"");
            put.json(article_body("甲")).send().await.problem(404, "not_found");
            app.get(&path).by(&editor).send().await.problem(404, "not_found");
            for (action, body) in [
                ("submission", json!({})), ("publication", json!({})), ("withdrawal", json!({ "notice": "误" })),
            ] {
                let post = app.post(&format!("{path}/{action}")).by(&editor).header("if-match", "\"0\"");
                post.json(body).send().await.problem(404, "not_found");
            }
        }
    }

    async fn list_staff_articles_shows_every_status_last_changed_first(app) {
        let (draft, published, withdrawn) = (
            Desk::with_draft(app, article_body("草稿")).await,
            Desk::with_draft(app, article_body("发布")).await,
            Desk::with_draft(app, article_body("撤回")).await,
        );
        app.advance(TimeDelta::seconds(1));
        published.publish().await.expect(200);
        withdrawn.publish().await.expect(200);
        app.advance(TimeDelta::seconds(1));
        withdrawn.withdraw().await.expect(200);
        let editor = Some(&draft.editor);
        let titles = async |query: &str, limit| -> Vec<Value> {
            let all = app.walk(&format!("{STAFF}{query}"), editor, limit).await;
            all.iter().map(|item| item["title"].clone()).collect()
        };
        for limit in [1, 2, 3] {
            assert_eq!(titles("", limit).await, ["撤回", "发布", "草稿"]);
        }
        for (status, title) in [("draft", "草稿"), ("published", "发布"), ("withdrawn", "撤回")] {
            assert_eq!(titles(&format!("?status={status}"), 1).await, [title]);
        }
        let wrong = app.get(&format!("{STAFF}?status=deleted")).by(&draft.editor).send().await;
        wrong.problem(422, "validation_failed");
        app.refuses_bad_pages(STAFF, editor).await;
    }
}
