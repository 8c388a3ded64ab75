//! The four notices of the programme are found by what they are about.

use std::path::Path;

use sanjin::features::articles::import::{Document, import_articles, import_documents};
use tests::backends;

use super::titles;

const PLAN: &str = "质检总局办公厅关于印发《消费品质量提升专项行动工作方案（2016）》的通知";
const MONTH_2019: &str = "市场监管总局等14个部门关于开展2019年全国“质量月”活动的通知";
const SANJIN: &str =
    "市场监管总局办公厅关于开展2019年消费品质量安全“进社区、进校园、进乡镇”消费者教育活动的通知";
const MONTH_2020: &str = "市场监管总局等16个部门关于开展2020年全国“质量月”活动的通知";
const TOYS: &str = "给孩子选玩具";

backends! {
    async fn the_notices_are_found_by_what_they_speak_of(app) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/notices");
        let report = import_articles(&app.app, &folder).await.unwrap().unwrap();
        assert_eq!(report.created.len(), 4);
        // None of the four cites a standard.
        let toys = format!("---\ntitle: {TOYS}\ncategory: knowledge\n---\n\n玩具应符合GB 6675.1—2014。");
        let toys = Document::new("toys.md", toys);
        import_documents(&app.app, vec![toys]).await.unwrap().unwrap();
        for (words, expected) in [
            ("监测点", vec![SANJIN]),
            ("质量月", vec![MONTH_2019, MONTH_2020, SANJIN]),
            ("三进", vec![PLAN, SANJIN]),
            ("你送我检", vec![PLAN]),
            ("GB", vec![TOYS]),
            ("gb6675", vec![TOYS]),
            ("GB 6675.1", vec![TOYS]),
            ("GB 6676", vec![]),
        ] {
            let mut found = titles(app, words, "").await;
            let mut expected = expected;
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{words}");
        }
        // Whose title has the words comes before whose text mentions them.
        let found = titles(app, "质量月", "").await;
        assert_eq!(found.last().map(String::as_str), Some(SANJIN));
    }
}
