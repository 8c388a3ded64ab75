//! Everything known about one product on one page.

use entity::lab_capability::ProductClass;
use serde_json::{Value, json};
use tests::{TestApp, TestResponse, backends, bulletin_body, count_statements, product_body, with};

async fn look(app: &TestApp, query: &str) -> TestResponse {
    app.get(&format!("/api/v1/products/lookup?{query}")).send().await
}

/// Strength and reasons of the only match among recalls.
async fn only(app: &TestApp, query: &str) -> (Value, Value) {
    let page = look(app, query).await.expect(200);
    let recalls = page["recalls"].as_array().unwrap();
    assert_eq!(recalls.len(), 1, "{query}: {page}");
    (recalls[0]["strength"].clone(), recalls[0]["reasons"].clone())
}

backends! {
    async fn a_barcode_is_an_alert_however_it_was_read(app) {
        app.bulletin(bulletin_body()).await;
        for query in [
            "gtin=6901234567892",
            "gtin=06901234567892",
            "gtin=690-1234567892",
            "gtin=https%3A%2F%2Fexample.cn%2F01%2F06901234567892%2F10%2FLOT7%3F17%3D270101",
            "gtin=%2801%2906901234567892%2810%29LOT7",
            "q=6901234567892",
        ] {
            assert_eq!(only(app, query).await, (json!("alert"), json!(["gtin"])), "{query}");
        }
        let page = look(app, "gtin=6901234567892").await.expect(200);
        assert_eq!([&page["gtin"], &page["risk"]["level"]], ["06901234567892", "serious"]);
        let problem = look(app, "gtin=6901234567890").await.problem(422, "gtin_invalid");
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains('2'), "{problem}");
        for query in ["gtin=123", "gtin=", "gtin=https%3A%2F%2Fexample.cn%2F"] {
            look(app, query).await.problem(422, "gtin_invalid");
        }
        let unknown = look(app, "gtin=96385074").await.expect(200);
        assert_eq!([&unknown["recalls"], &unknown["risk"]["level"]], [&json!([]), &json!(null)]);
        app.drain_jobs().await;
    }

    async fn brand_and_model_together_are_an_alert_and_less_asks_to_compare(app) {
        app.bulletin(bulletin_body()).await;
        let brand = "%E5%A5%BD%E5%AD%A9";
        for (query, strength, reasons) in [
            (format!("brand={brand}&model=gb1"), "alert", json!(["brand", "model"])),
            (format!("brand={brand}"), "please_check", json!(["brand"])),
            (format!("brand={brand}&model=X9"), "please_check", json!(["brand"])),
            ("model=GB%202".to_owned(), "please_check", json!(["model"])),
            ("q=%E5%AE%89%E5%85%A8%E5%BA%A7%E6%A4%85".to_owned(), "please_check", json!(["name"])),
            (format!("q={brand}"), "please_check", json!(["brand"])),
        ] {
            assert_eq!(only(app, &query).await, (json!(strength), reasons), "{query}");
        }
        let page = look(app, &format!("brand={brand}")).await.expect(200);
        assert_eq!([&page["risk"]["level"], &page["risk"]["possible_level"]], [&json!(null), &json!("serious")]);
        for query in ["", "q=%25", "q=%27--", "brand=..&model=a"] {
            look(app, query).await.problem(422, "validation_failed");
        }
        look(app, &format!("q={}", "a".repeat(5_000))).await.invalid("q");
        app.drain_jobs().await;
    }

    async fn only_what_holds_is_known(app) {
        let bulletin = app.bulletin(bulletin_body()).await;
        app.bulletin_draft(bulletin_body()).await;
        only(app, "gtin=6901234567892").await;
        let mut body = bulletin_body();
        body["products"][0]["gtins"] = json!(["96385074"]);
        let corrected = app.act_on_bulletin(&bulletin, "correction", json!({ "note": "条码有误。", "bulletin": body })).await;
        // The page that was kept is forgotten at once.
        assert_eq!(look(app, "gtin=6901234567892").await.expect(200)["recalls"], json!([]));
        only(app, "gtin=96385074").await;
        app.act_on_bulletin(&corrected, "withdrawal", json!({ "note": "撤回。" })).await;
        assert_eq!(look(app, "gtin=96385074").await.expect(200)["recalls"], json!([]));
        app.drain_jobs().await;
    }

    async fn tests_articles_and_quizzes_of_its_class_are_with_it(app) {
        let lab = app.lab("甲实验室").await;
        app.capable(&lab, ProductClass::MaternalElderlyDisabled).await;
        let article = app.article("儿童安全座椅选购指南").await;
        app.article("食品标签怎么看").await;
        let quiz = app.quiz(|quiz| quiz["title"] = json!("妇幼老年及残疾人用品知多少")).await;
        app.bulletin(bulletin_body()).await;
        let page = look(app, "gtin=6901234567892").await.expect(200);
        assert_eq!(page["tests"][0]["service_id"], json!(lab.service_id));
        assert_eq!(page["articles"], json!([{ "id": article, "title": "儿童安全座椅选购指南" }]));
        assert_eq!(page["quizzes"][0]["id"], json!(quiz));
        // Also when nothing is known of the product itself.
        let page = look(app, "gtin=96385074&class=maternal_elderly_disabled").await.expect(200);
        assert_eq!([&page["recalls"], &page["tests"][0]["lab_id"]], [&json!([]), &json!(lab.id)]);
        app.drain_jobs().await;
    }

    async fn however_much_is_known_the_page_is_bounded(app) {
        app.bulletin(bulletin_body()).await;
        let (one, ()) = count_statements(async { only(app, "gtin=6901234567892").await; }).await;
        let many = with(&bulletin_body(), "products", json!(vec![product_body(); 60]));
        app.bulletin(many).await;
        let (all, page) = count_statements(look(app, "gtin=06901234567892")).await;
        let recalls = page.expect(200)["recalls"].as_array().unwrap().len();
        assert_eq!((recalls, all), (50, one));
        app.drain_jobs().await;
    }

    async fn what_a_spot_check_found_is_shown(app) {
        let mut body = with(&bulletin_body(), "kind", json!("spot_check"));
        body["products"][0]["findings"] = json!([
            { "item": "小零件", "standard": "GB 6675.2-2014", "value": "脱落", "limit": "不脱落", "verdict": "fail" },
        ]);
        app.bulletin(body).await;
        let page = look(app, "gtin=6901234567892").await.expect(200);
        assert_eq!(page["spot_checks"][0]["product"]["findings"][0]["verdict"], "fail");
        app.drain_jobs().await;
    }
}
