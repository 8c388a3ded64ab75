//! A sheet is checked as a whole and taken over as a whole.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends};

use super::id;
use super::sheets::{HEAD, check_row, csv, recall_row, upload, workbook};

async fn commit(app: &TestApp, who: &Person, import: &Value) -> TestResponse {
    app.post(&format!("/api/v1/staff/bulletin-imports/{}/commit", id(import))).by(who).send().await
}

async fn bulletins(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM bulletins").await
}

backends! {
    async fn a_good_sheet_is_taken_over_once(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let rows = [recall_row("1"), check_row("2", "甲", "小零件"), check_row("2", "甲", "邻苯二甲酸酯"), check_row("2", "乙", "小零件")];
        for (format, file) in [("csv", csv(&rows)), ("xlsx", workbook(&rows))] {
            let before = bulletins(app).await;
            let import = upload(app, &editor, format, file).await.expect(201);
            assert_eq!([&import["status"], &import["wrong"]], [&json!("checked"), &json!(0)], "{import}");
            assert_eq!([&import["rows"], &import["bulletins"]], [&json!(4), &json!(2)]);
            assert_eq!(bulletins(app).await, before, "a look writes nothing");
            let done = commit(app, &editor, &import).await.expect(200);
            assert_eq!(done["status"], "committed");
            commit(app, &editor, &import).await.problem(409, "import_settled");
            assert_eq!(bulletins(app).await, before + 2);
        }
        let listed = app.walk("/api/v1/staff/bulletins", Some(&editor), 5).await;
        assert!(listed.iter().all(|one| one["status"] == "draft"));
        let check = listed.iter().find(|one| one["kind"] == "spot_check").unwrap();
        let path = format!("/api/v1/staff/bulletins/{}", id(check));
        let check = app.get(&path).by(&editor).send().await.expect(200);
        let findings: Vec<usize> = check["products"].as_array().unwrap().iter()
            .map(|product| product["findings"].as_array().unwrap().len()).collect();
        assert_eq!(findings, [2, 1]);
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletin_imports WHERE content IS NOT NULL").await, 0);
        assert_eq!(app.walk("/api/v1/staff/bulletin-imports", Some(&editor), 1).await.len(), 2);
    }

    async fn a_sheet_with_mistakes_is_reported_row_by_row_and_never_written(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let mut bad = recall_row("3");
        bad[8] = "常常".to_owned();
        bad[14] = "6901234567890".to_owned();
        let mut far = recall_row("4");
        far.push("99".to_owned());
        let rows = [recall_row("1"), check_row("2", "甲", ""), bad, far];
        for (format, file) in [("csv", csv(&rows)), ("xlsx", workbook(&rows))] {
            let import = upload(app, &editor, format, file).await.expect(201);
            assert_eq!(import["status"], "refused");
            let problems: Vec<_> = import["problems"].as_array().unwrap().iter()
                .map(|p| (p["row"].as_i64().unwrap(), p["column"].as_str().unwrap(), p["code"].as_str().unwrap())).collect();
            assert_eq!(problems, [
                (3, "检验项目", "required"), (4, "发生概率", "unknown_value"), (5, "地区代码", "unknown_value"),
            ]);
            commit(app, &editor, &import).await.problem(409, "import_has_errors");
        }
        let mut bad = recall_row("3");
        bad[14] = "6901234567890".to_owned();
        let import = upload(app, &editor, "csv", csv(&[bad])).await.expect(201);
        assert_eq!([&import["problems"][0]["column"], &import["problems"][0]["code"]], ["商品条码", "gtin_invalid"]);
        assert!(import["problems"][0]["message"].as_str().unwrap().contains('2'));
        assert_eq!(bulletins(app).await, 0);
    }

    async fn an_import_is_its_owners_and_waits_for_a_day(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let other = app.staff(Role::Editor, "country").await;
        let import = upload(app, &editor, "csv", csv(&[recall_row("1")])).await.expect(201);
        commit(app, &other, &import).await.problem(404, "not_found");
        let path = format!("/api/v1/staff/bulletin-imports/{}", id(&import));
        app.get(&path).by(&other).send().await.problem(404, "not_found");
        assert!(app.walk("/api/v1/staff/bulletin-imports", Some(&other), 5).await.is_empty());
        let stale = upload(app, &editor, "csv", csv(&[recall_row("1")])).await.expect(201);
        app.advance(TimeDelta::hours(25));
        let editor = app.staff_again(&editor).await;
        commit(app, &editor, &stale).await.problem(409, "import_settled");
        app.drain_jobs().await;
        let after = app.get(&path).by(&editor).send().await.expect(200);
        assert_eq!(after["status"], "expired");
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletin_imports WHERE content IS NOT NULL").await, 0);
    }

    async fn the_template_is_a_sheet_that_we_take(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let file = app.get("/api/v1/staff/bulletin-imports/template").by(&editor).send().await;
        assert_eq!(file.status, 200);
        assert!(file.header("content-disposition").contains("bulletins.xlsx"));
        let import = upload(app, &editor, "xlsx", file.body).await.expect(201);
        // Its head is known; there is nothing below it.
        let problems = import["problems"].as_array().unwrap();
        assert_eq!((problems.len(), &problems[0]["code"]), (1, &json!("required")), "{import}");
        assert!(HEAD.iter().all(|title| !title.is_empty()));
    }
}
