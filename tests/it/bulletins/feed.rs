//! What everybody may read without a key: lists, the change feed, the file.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tests::{TestApp, backends, bulletin_body, count_statements, product_body, with};

use super::{id, note};

async fn ids(app: &TestApp, query: &str) -> Vec<String> {
    let items = app.walk(&format!("/api/v1/bulletins?{query}"), None, 2).await;
    items.iter().map(|item| id(item).to_owned()).collect()
}

/// Of another class, brand and level, in a city.
fn other() -> Value {
    let mut body = with(&bulletin_body(), "kind", json!("consumer_warning"));
    body["title"] = json!("谨慎使用电热毯");
    body["region_code"] = json!("110108");
    body["probability"] = json!("rarer");
    body["products"] = json!([{
        "name": "电热毯", "product_class": "household_appliances", "brand": "暖-冬",
    }]);
    body
}

/// The first line of a file below its head, by the names of the columns.
fn first_record(text: &str) -> HashMap<String, String> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().next().unwrap().unwrap()
}

backends! {
    async fn the_list_can_be_narrowed(app) {
        let seat = app.bulletin(bulletin_body()).await;
        app.advance(TimeDelta::seconds(1));
        let blanket = app.bulletin(other()).await;
        app.bulletin_draft(bulletin_body()).await;
        let (seat, blanket) = (id(&seat).to_owned(), id(&blanket).to_owned());
        for (query, wanted) in [
            ("", vec![&blanket, &seat]),
            ("kind=recall", vec![&seat]),
            ("class=household_appliances", vec![&blanket]),
            ("brand=%E5%A5%BD%E5%AD%A9", vec![&seat]),
            ("brand=%E6%9A%96%E5%86%AC", vec![&blanket]),
            ("level=serious", vec![&seat]),
            ("region=110108001", vec![&blanket, &seat]),
            ("region=11", vec![&blanket, &seat]),
            ("region=310101", vec![&seat]),
            ("q=%E7%94%B5%E7%83%AD", vec![&blanket]),
            ("q=rc-2026-0001", vec![&seat]),
            ("q=%E5%AE%89%E5%85%A8%E5%BA%A7%E6%A4%85&kind=spot_check", vec![]),
        ] {
            assert_eq!(ids(app, query).await.iter().collect::<Vec<_>>(), wanted, "{query}");
        }
        app.refuses_bad_pages("/api/v1/bulletins", None).await;
        for (query, field) in [("q=%25%25", "q"), ("brand=...", "brand"), ("class=toys", "")] {
            app.get(&format!("/api/v1/bulletins?{query}")).send().await.invalid(field);
        }
        let long = format!("/api/v1/bulletins?q={}", "a".repeat(5_000));
        app.get(&long).send().await.invalid("q");
        app.get("/api/v1/bulletins?region=99").send().await.problem(422, "unknown_region");
        app.drain_jobs().await;
    }

    async fn the_feed_shows_every_change_once_and_in_order(app) {
        let mut bulletins = Vec::new();
        // The clock stands still: what was changed later is later all the same.
        for _ in 0..5 {
            bulletins.push(app.bulletin(bulletin_body()).await);
        }
        let feed = async |since: &str| {
            let since = since.replace('+', "%2B");
            app.walk(&format!("/api/v1/bulletins?updated_since={since}"), None, 2).await
        };
        let first = feed("2026-01-01T00:00:00Z").await;
        let order: Vec<&str> = first.iter().map(id).collect();
        assert_eq!(order, bulletins.iter().map(id).collect::<Vec<_>>());
        let stamps: Vec<&str> = first.iter().map(|item| item["updated_at"].as_str().unwrap()).collect();
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert!(stamps.windows(2).all(|pair| instant(pair[0]) < instant(pair[1])), "{stamps:?}");
        let last = stamps[4].to_owned();
        app.act_on_bulletin(&bulletins[1], "withdrawal", note("检验结果有误。")).await;
        let news = feed(&last).await;
        assert_eq!(news.iter().map(id).collect::<Vec<_>>(), [id(&bulletins[4]), id(&bulletins[1])]);
        let stone = &news[1];
        assert_eq!([&stone["status"], &stone["change_note"]], ["withdrawn", "检验结果有误。"]);
        assert_eq!([&stone["summary"], &stone["brands"], &stone["level"]], [&json!(null), &json!([]), &json!(null)]);
        let listed = ids(app, "").await;
        assert_eq!((listed.len(), listed.contains(&id(stone).to_owned())), (4, false));
        app.get("/api/v1/bulletins?updated_since=%2B99999-01-01T00:00:00Z").send().await
            .problem(422, "validation_failed");
        app.drain_jobs().await;
    }

    async fn the_file_has_a_row_for_each_product_and_no_formulas(app) {
        let mut body = with(&bulletin_body(), "title", json!("=HYPERLINK(\"http://x\")"));
        let product = with(&product_body(), "produced_from", json!("2026-01-01"));
        body["products"] = json!([product, with(&product_body(), "name", json!("@SUM(1)座"))]);
        for (name, value) in [
            ("severity", json!(3)), ("probability", json!("thousandth")), ("injuries", json!("两名儿童受伤。")),
            ("source_document", json!("国市监〔2026〕12号")),
        ] {
            body[name] = value;
        }
        let published = app.bulletin(body).await;
        let gone = app.bulletin(other()).await;
        app.act_on_bulletin(&gone, "withdrawal", note("撤回。")).await;
        let file = app.get("/api/v1/bulletins.csv").send().await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        let text = file.text();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].starts_with("id,number,kind,"));
        assert!(lines[1].contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && lines[2].contains(",'@SUM(1)座,"), "{text}");
        assert!(lines[1].contains(",06901234567892,"));
        // Whatever the API says of a bulletin or of a product has its column, but what stands in others.
        let path = format!("/api/v1/bulletins/{}", id(&published));
        let seen = app.get(&path).send().await.expect(200);
        let told_elsewhere = ["products", "changes", "product_classes", "brands", "name"];
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        for name in [names(&seen), names(&seen["products"][0])].concat() {
            let is_told = lines[0].split(',').any(|column| column == name);
            assert!(is_told || told_elsewhere.contains(&name.as_str()), "{name}");
        }
        let first = first_record(&text);
        for (name, wanted) in [
            ("severity", "3"), ("probability", "thousandth"), ("injuries", "两名儿童受伤。"),
            ("source_document", "国市监〔2026〕12号"), ("produced_from", "2026-01-01"), ("produced_until", ""),
            ("findings", ""),
        ] {
            assert_eq!(first[name], wanted, "{name}");
        }
        let mut product = product_body();
        product["findings"] = json!([
            { "item": "甲醛", "standard": "GB 18401-2010", "value": "120 mg/kg", "limit": "≤ 75 mg/kg", "verdict": "fail" },
            { "item": "色牢度", "standard": "GB 18401-2010", "value": "4", "verdict": "pass" },
        ]);
        let status = with(&with(&bulletin_body(), "kind", json!("quality_status")), "products", json!([product]));
        app.bulletin(status).await;
        let text = app.get("/api/v1/bulletins.csv?kind=quality_status").send().await.text();
        let findings = "甲醛, GB 18401-2010, 120 mg/kg, ≤ 75 mg/kg, fail; 色牢度, GB 18401-2010, 4, pass";
        assert_eq!(first_record(&text)["findings"], findings);
        let empty = app.get("/api/v1/bulletins.csv?kind=spot_check").send().await.text();
        assert_eq!(empty.lines().count(), 1);
        app.get("/api/v1/bulletins.csv?limit=1").send().await.invalid("limit");
        app.drain_jobs().await;
    }

    async fn a_long_file_comes_whole(app) {
        let body = with(&bulletin_body(), "products", json!(vec![product_body(); 3]));
        let first = app.bulletin(body).await;
        let first = app.literal(id(&first).parse().unwrap());
        // More than one page of the reader.
        for n in 1..230 {
            let (bulletin, product) = (app.literal(app.app.ids.id()), app.literal(app.app.ids.id()));
            app.execute(&format!(
                "INSERT INTO bulletins (id, kind, status, number, title, summary, remedy_options, issuing_authority, \
                 issued_on, search_text, author_id, event_no, published_at, changed_at, created_at, updated_at) \
                 SELECT {bulletin}, kind, status, 'N{n}', title, summary, remedy_options, issuing_authority, \
                 issued_on, search_text, author_id, event_no, published_at, changed_at, created_at, updated_at \
                 FROM bulletins WHERE id = {first}"
            )).await;
            app.execute(&format!(
                "INSERT INTO bulletin_products (id, bulletin_id, position, name, product_class, name_key) \
                 VALUES ({product}, {bulletin}, 1, '座椅{n}', 'other', '座椅{n}')"
            )).await;
        }
        let text = app.get("/api/v1/bulletins.csv").send().await.text();
        assert_eq!(text.lines().count(), 1 + 3 + 229);
        let (list, ()) = count_statements(async { drop(app.get("/api/v1/bulletins?limit=100").send().await.expect(200)) }).await;
        let (short, ()) = count_statements(async { drop(app.get("/api/v1/bulletins?limit=1").send().await.expect(200)) }).await;
        assert_eq!((list, short), (2, 2), "a list asks as often for 100 as for 1");
        let path = format!("/api/v1/bulletins/{}", app.ids("bulletins").await[0]);
        let (detail, ()) = count_statements(async { drop(app.get(&path).send().await.expect(200)) }).await;
        assert_eq!(detail, 5);
        let (hit, ()) = count_statements(async { drop(app.get(&path).send().await.expect(200)) }).await;
        assert_eq!(hit, 0);
        app.drain_jobs().await;
    }

    async fn what_looks_like_markup_is_text(app) {
        let nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>&\"'";
        let mut body = bulletin_body();
        for field in ["title", "summary", "hazard", "measures"] {
            body[field] = json!(nasty);
        }
        body["products"][0]["name"] = json!(nasty);
        let bulletin = app.bulletin(body).await;
        let view = app.get(&format!("/api/v1/bulletins/{}", id(&bulletin))).send().await;
        assert_eq!(view.header("content-type"), "application/json");
        assert_eq!([&view.json()["title"], &view.json()["products"][0]["name"]], [nasty, nasty]);
        app.drain_jobs().await;
    }
}
