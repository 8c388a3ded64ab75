use chrono::TimeDelta;
use serde_json::json;
use tests::{backends, bulletin_body};

use super::{FORMATS, feed, get, json_feed_at, title, titles};

fn path(ending: &str) -> String {
    format!("/api/v1/feeds/bulletins.{ending}")
}

backends! {
    async fn get_feed_tells_of_bulletins_in_every_format(app, config => {
        config.site.bulletin_url = "https://h5.example/#/b/{id}".to_owned();
    }) {
        let mut body = bulletin_body();
        body["hazard"] = json!("卡扣<强度>不足 & 断裂");
        let bulletin = app.bulletin(body).await;
        app.drain_jobs().await;
        for (ending, media_type) in FORMATS {
            assert_eq!(get(app, &path(ending)).await.header("content-type"), media_type);
            let feed = feed(app, &path(ending)).await;
            let entry = &feed.entries[0];
            assert_eq!(title(entry), bulletin["title"], "{ending}");
            assert_eq!(entry.id, format!("urn:uuid:{}", bulletin["id"].as_str().unwrap()));
            let url = format!("https://h5.example/#/b/{}", bulletin["id"].as_str().unwrap());
            assert!(entry.links.iter().any(|link| link.href == url), "{ending}");
            let html = entry.content.as_ref().unwrap().body.as_deref().unwrap();
            for part in [
                "<p>卡扣在碰撞中可能断裂。</p>", "<p>产品：儿童安全座椅（好孩®", "卡扣&lt;强度&gt;不足 &amp; 断裂",
                "<p>补救方式：更换、退货</p>", bulletin["number"].as_str().unwrap(),
            ] {
                assert!(html.contains(part), "{ending}: {part} in {html}");
            }
        }
    }

    async fn get_feed_of_bulletins_can_be_of_one_kind(app) {
        app.bulletin(bulletin_body()).await;
        app.drain_jobs().await;
        for (kind, count) in [("recall", 1), ("consumer_warning", 0)] {
            let feed = json_feed_at(app, &format!("{}?category={kind}", path("json"))).await;
            assert_eq!(feed["items"].as_array().unwrap().len(), count, "{kind}");
        }
        app.get(&format!("{}?category=notice", path("json"))).send().await.problem(422, "unknown_category");
    }

    async fn get_feed_tells_why_a_bulletin_was_corrected_or_withdrawn(app) {
        let first = app.bulletin(bulletin_body()).await;
        app.advance(TimeDelta::minutes(10));
        let mut other = bulletin_body();
        other["title"] = json!("另一公告");
        app.bulletin(other).await;
        assert_eq!(titles(&feed(app, &path("atom")).await), ["另一公告", "关于召回部分儿童安全座椅的公告"]);
        app.advance(TimeDelta::minutes(10));
        let reason = json!({ "note": "经复核，产品符合标准。" });
        app.act_on_bulletin(&first, "withdrawal", reason).await;
        app.drain_jobs().await;
        for (ending, _) in FORMATS {
            let feed = feed(app, &path(ending)).await;
            assert_eq!(titles(&feed), ["【已撤回】关于召回部分儿童安全座椅的公告", "另一公告"], "{ending}");
            let html = feed.entries[0].content.as_ref().unwrap().body.as_deref().unwrap();
            assert_eq!(html.trim(), "<p>撤回原因：经复核，产品符合标准。</p>", "{ending}");
        }
    }
}
