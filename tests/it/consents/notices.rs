//! The texts.

use serde_json::Value;
use tests::backends;

const NOTICES: &str = "/api/v1/privacy/notices";

backends! {
    async fn list_privacy_notices_shows_one_of_each_kind(app) {
        let list = app.get(NOTICES).send().await.expect(200);
        let kinds: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|n| &n["kind"]).collect();
        assert_eq!(kinds, ["general", "children"]);
    }

    async fn get_privacy_notice_tells_what_the_law_wants_told(app) {
        for notice in app.get(NOTICES).send().await.expect(200)["items"].as_array().unwrap() {
            let path = format!("{NOTICES}/{}", notice["version"].as_str().unwrap());
            let reply = app.get(&path).send().await;
            let text = reply.expect(200);
            for field in ["title", "introduction", "rights", "complaint_channel"] {
                assert!(!text[field].as_str().unwrap().is_empty(), "{field}");
            }
            for field in ["name", "contact", "children_officer"] {
                assert!(!text["controller"][field].as_str().unwrap().is_empty(), "{field}");
            }
            for purpose in text["purposes"].as_array().unwrap() {
                for field in ["aim", "method", "data", "retention", "if_refused"] {
                    assert!(!purpose[field].as_str().unwrap().is_empty(), "{field}");
                }
            }
            let statements = if text["kind"] == "children" { 7 } else { 0 };
            assert_eq!(text["statements"].as_array().unwrap().len(), statements);
            let etag = reply.header("etag").to_owned();
            assert!(reply.header("cache-control").starts_with("public"));
            app.get(&path).header("if-none-match", &etag).send().await.expect(304);
        }
    }

    async fn get_privacy_notice_that_was_never_written_is_refused(app) {
        for version in ["general-0", "general", "x", "..", "%E5%85%AC"] {
            let get = app.get(&format!("{NOTICES}/{version}")).send().await;
            assert_eq!(get.status.as_u16(), 404, "{version}");
        }
    }
}
