//! Words that more documents hold than a search sorts: PostgreSQL walks the newest of them instead.

use serde_json::Value;
use tests::backends;
use uuid::Uuid;

use super::{document, page, path, put};

const DOCUMENTS: u32 = 2_650;
/// The newest say nothing of what is old.
const NEW: u32 = 100;

fn in_title(number: u32) -> bool {
    number.is_multiple_of(50)
}

fn ids(items: &[Value]) -> Vec<Uuid> {
    items.iter().map(|item| item["id"].as_str().unwrap().parse().unwrap()).collect()
}

fn id(number: u32) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

backends! {
    async fn what_very_many_hold_comes_in_the_same_order(app) {
        put(app, (0..DOCUMENTS).map(|number| {
            let title = if in_title(number) { "质量安全监管" } else { "提示" };
            let body = if number < DOCUMENTS - NEW { "质量安全监管，旧" } else { "质量安全监管" };
            document(number, title, &[], body)
        }))
        .await;
        let newest_first = |of_title: bool| {
            (0..DOCUMENTS).rev().filter(move |number| in_title(*number) == of_title).map(id)
        };
        let expected: Vec<Uuid> = newest_first(true).chain(newest_first(false)).collect();
        for query in ["质量", "\"质量安全监管\"", "质 监管"] {
            assert_eq!(ids(&app.walk(&path(query, ""), None, 100).await), expected, "{query}");
        }
        let told: Vec<Uuid> = newest_first(false).collect();
        assert_eq!(ids(&app.walk(&path("提示", ""), None, 100).await), told);
        // A walk over the newest finds none of these.
        let old: Vec<Uuid> = (0..DOCUMENTS - NEW).rev().take(5).map(id).collect();
        assert_eq!(ids(page(app, "旧", "&limit=5").await["items"].as_array().unwrap()), old);
        // Facets are counted up to three thousand, of phrases up to a thousand.
        assert_eq!(page(app, "旧", "").await["facets"]["kinds"][0]["count"], DOCUMENTS - NEW);
        assert_eq!(page(app, "\"质量安全监管\"", "").await["facets"], Value::Null);
    }
}
