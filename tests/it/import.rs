//! `sanjin import articles DIR`.

use std::path::Path;

use sanjin::features::articles::import::{ImportReport, import_articles};
use serde_json::json;
use tempfile::TempDir;
use tests::{TestApp, backends, jpeg};

const NOTICE: &str = "---\ntitle: 关于开展示范活动的通知\ndocument_number: 示字〔2026〕7号\n\
issuer: 示范局\nissued_on: 2026-11-02\n---\n\n各有关单位:\n\n### 一、内容\n\n开展示范。\n";
const TIP: &str = "---\ntitle: 怎样看标志\ncategory: knowledge\nsummary: 两句话\n---\n看标志。\n";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

async fn import(app: &TestApp, folder: &Path) -> ImportReport {
    import_articles(&app.app, folder).await.unwrap().unwrap_or_else(|refused| panic!("{refused}"))
}

/// How many (created, updated, unchanged).
fn counts(report: &ImportReport) -> [usize; 3] {
    [report.created.len(), report.updated.len(), report.unchanged.len()]
}

/// What the operator reads when nothing is imported.
async fn refusal(app: &TestApp, files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let refused = import_articles(&app.app, folder.path()).await.unwrap().unwrap_err();
    assert_eq!(app.count("SELECT COUNT(*) FROM articles").await, 0, "something was written");
    refused.to_string()
}

backends! {
    async fn import_articles_publishes_every_file(app) {
        let files = folder(&[("a.md", NOTICE), ("b.md", TIP), ("readme.txt", "no article")]);
        assert_eq!(counts(&import(app, files.path()).await), [2, 0, 0]);
        let notices = app.walk("/api/v1/articles?category=notice", None, 1).await;
        let notice = &notices[0];
        assert_eq!(notice["title"], "关于开展示范活动的通知");
        assert_eq!(notice["document_number"], "示字〔2026〕7号");
        assert_eq!([&notice["issuer"], &notice["issued_on"]], ["示范局", "2026-11-02"]);
        let path = format!("/api/v1/articles/{}", notice["id"].as_str().unwrap());
        let article = app.get(&path).send().await.expect(200);
        assert!(article["body_html"].as_str().unwrap().contains("<h3 id=\"s1\">一、内容</h3>"));
        let tips = app.walk("/api/v1/articles?category=knowledge", None, 1).await;
        assert_eq!(tips[0]["summary"], "两句话");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'article.import' \
                       AND actor_kind = 'system'";
        assert_eq!(app.count(audited).await, 2);
    }

    async fn import_articles_twice_changes_nothing(app) {
        let files = folder(&[("a.md", NOTICE), ("b.md", TIP)]);
        import(app, files.path()).await;
        assert_eq!(counts(&import(app, files.path()).await), [0, 0, 2]);
        // A document is known by its number, whatever its file is called.
        let renamed = folder(&[("other-name.md", NOTICE)]);
        assert_eq!(counts(&import(app, renamed.path()).await), [0, 0, 1]);
        assert_eq!(app.count("SELECT COUNT(*) FROM articles").await, 2);
    }

    async fn import_articles_of_a_changed_file_updates_its_article_at_once(app) {
        let files = folder(&[("a.md", NOTICE), ("b.md", TIP)]);
        import(app, files.path()).await;
        let list = app.walk("/api/v1/articles?category=notice", None, 1).await;
        let path = format!("/api/v1/articles/{}", list[0]["id"].as_str().unwrap());
        let before = app.get(&path).send().await;
        std::fs::write(files.path().join("a.md"), NOTICE.replace("开展示范。", "停止示范。")).unwrap();
        assert_eq!(counts(&import(app, files.path()).await), [0, 1, 1]);
        let after = app.get(&path).send().await;
        assert!(after.expect(200)["body_html"].as_str().unwrap().contains("停止示范"));
        assert_ne!(before.header("etag"), after.header("etag"));
    }

    async fn import_articles_with_a_cover_serves_it(app) {
        let head = "---\ntitle: 有图\ncover: c.jpg\ncover_alt: 一张图\n---\n正文\n";
        let files = folder(&[("a.md", head)]);
        std::fs::write(files.path().join("c.jpg"), jpeg(30, 20)).unwrap();
        import(app, files.path()).await;
        let article = &app.walk("/api/v1/articles", None, 1).await[0];
        assert_eq!(article["cover_alt"], "一张图");
        let picture = app.get(article["cover_url"].as_str().unwrap()).send().await;
        assert_eq!(image::load_from_memory(&picture.body).unwrap().width(), 30);
        std::fs::write(files.path().join("c.jpg"), "no picture").unwrap();
        let refused = import_articles(&app.app, files.path()).await.unwrap().unwrap_err();
        assert!(refused.to_string().contains("cover_invalid"));
    }

    async fn import_articles_with_one_broken_file_writes_nothing_and_names_it(app) {
        for (broken, reason) in [
            ("no front matter", "front matter"),
            ("---\ntitle: [\n---\nx\n", "front matter"),
            ("---\nissuer: 无题\n---\nx\n", "title"),
            ("---\ntitle: 甲\nissued_on: 2026-02-31\n---\nx\n", "front matter"),
            ("---\ntitle: 甲\nauthor: 某\n---\nx\n", "author"),
            ("---\ntitle: 甲\n---\n", "body_markdown"),
            ("---\ntitle: ' '\n---\nx\n", "title"),
            ("---\ntitle: 甲\ncategory: none\n---\nx\n", "unknown_category"),
            ("---\ntitle: 甲\ncover: none.jpg\n---\nx\n", "cover_alt"),
            ("---\ntitle: 甲\ncover: none.jpg\ncover_alt: 图\n---\nx\n", "none.jpg"),
        ] {
            let said = refusal(app, &[("a.md", NOTICE), ("broken.md", broken)]).await;
            assert!(said.contains("broken.md") && said.contains(reason), "{broken:?}: {said}");
            assert!(said.ends_with("nothing was imported") && !said.contains("a.md:"), "{said}");
        }
        let said = refusal(app, &[("a.md", NOTICE), ("b.md", NOTICE)]).await;
        assert!(said.contains("b.md") && said.contains("same document"), "{said}");
        let said = refusal(app, &[("a.txt", NOTICE)]).await;
        assert!(said.contains("no .md file"), "{said}");
    }

    async fn import_articles_that_are_no_text_are_refused(app) {
        let files = folder(&[("a.md", NOTICE)]);
        std::fs::write(files.path().join("b.md"), b"---\ntitle: \xFF\n---\n").unwrap();
        let refused = import_articles(&app.app, files.path()).await.unwrap().unwrap_err();
        assert!(refused.to_string().contains("b.md"));
        assert_eq!(app.count("SELECT COUNT(*) FROM articles").await, 0);
    }

    async fn import_articles_with_an_attack_is_sanitised(app) {
        let files = folder(&[("a.md", "---\ntitle: 甲\n---\n<script>alert(1)</script>\n\n文\n")]);
        import(app, files.path()).await;
        let article = &app.walk("/api/v1/articles", None, 1).await[0];
        let path = format!("/api/v1/articles/{}", article["id"].as_str().unwrap());
        let html = app.get(&path).send().await.expect(200)["body_html"].clone();
        assert_eq!(html, json!("\n<p>文</p>\n"));
    }
}
