//! The four notices of the programme, as `sanjin import articles` takes them in.

use std::path::Path;

use sanjin::features::articles::import::import_articles;
use tests::backends;

use super::sitemap::places;
use super::{FORMATS, feed, json_feed, path, titles};

const NOTICES: [&str; 4] = [
    "质检总局办公厅关于印发《消费品质量提升专项行动工作方案（2016）》的通知",
    "市场监管总局等14个部门关于开展2019年全国“质量月”活动的通知",
    "市场监管总局办公厅关于开展2019年消费品质量安全“进社区、进校园、进乡镇”消费者教育活动的通知",
    "市场监管总局等16个部门关于开展2020年全国“质量月”活动的通知",
];

backends! {
    async fn the_notices_are_in_the_feeds_and_in_the_site_map(app) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/notices");
        let report = import_articles(&app.app, &folder).await.unwrap().unwrap();
        assert_eq!(report.created.len(), 4);
        let mut expected = NOTICES.to_vec();
        expected.sort_unstable();
        for (ending, _) in FORMATS {
            let feed = feed(app, &format!("{}?category=notice", path(ending))).await;
            let mut found = titles(&feed);
            found.sort_unstable();
            assert_eq!(found, expected, "{ending}");
            for entry in &feed.entries {
                let content = entry.content.as_ref().unwrap().body.as_deref().unwrap();
                assert!(content.chars().count() > 1_000, "{ending}: {}", entry.id);
                let summary = &entry.summary.as_ref().unwrap().content;
                assert!((1..=201).contains(&summary.chars().count()), "{ending}: {summary}");
            }
        }
        let feed = json_feed(app, "").await;
        let mut urls: Vec<&str> =
            feed["items"].as_array().unwrap().iter().map(|item| item["url"].as_str().unwrap()).collect();
        let mapped = places(app, "/sitemaps/articles-1.xml").await;
        let mut mapped: Vec<&str> = mapped.iter().map(|(url, _)| url.as_str()).collect();
        urls.sort_unstable();
        mapped.sort_unstable();
        assert_eq!(urls, mapped);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_publications").await, 12);
    }
}
