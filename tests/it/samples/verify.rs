//! What everybody may ask.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{TestApp, TestResponse, backends, pdf};

use super::{failed, id, passed, simple_visit};

async fn check(app: &TestApp, hash: &str) -> TestResponse {
    app.post("/api/v1/report-checks").json(json!({ "sha256": hash })).send().await
}

/// A page whose policy allows its own style and nothing else.
fn html(reply: &TestResponse, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    let page = reply.text();
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let hash = STANDARD.encode(Sha256::digest(style));
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains(&format!("'sha256-{hash}'")));
    assert!(!policy.contains("unsafe"), "{policy}");
    page
}

backends! {
    async fn verify_report_tells_of_the_report_and_of_nobody(app) {
        let visit = simple_visit(app).await;
        let view = visit.finish(app, |sample| vec![passed(sample)]).await;
        let code = view["reports"][0]["verification_code"].as_str().unwrap();
        assert_eq!(code.replace('-', "").len(), 20);
        let reply = app.get(&format!("/api/v1/reports/{code}")).send().await;
        let shown = reply.expect(200);
        let mut keys: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, [
            "conclusion", "ended_on", "issued_on", "lab_name", "products", "revision", "sha256", "status",
            "valid_code", "verification_code",
        ]);
        assert!(reply.header("cache-control").starts_with("public"));
        let etag = reply.header("etag").to_owned();
        for spelling in [code.to_lowercase(), code.replace('-', ""), code.replace('-', "%20")] {
            let path = format!("/api/v1/reports/{spelling}");
            let again = app.get(&path).header("if-none-match", &etag).send().await;
            assert_eq!(again.status, 304, "{spelling}");
        }
        for wrong in ["x", "22222-22222-22222-22222", "报告", "%2e%2e"] {
            app.get(&format!("/api/v1/reports/{wrong}")).send().await.problem(404, "not_found");
        }
        app.drain_jobs().await;
    }

    async fn a_report_has_a_page_for_people(app) {
        let visit = simple_visit(app).await;
        let sample = json!({ "product_name": "<i>儿童</i>座椅", "brand": "甲&乙" });
        let sample = id(&visit.register(app, sample).await.expect(201)["id"]);
        visit.start(app).await.expect(200);
        let document = visit.document(app, "/Title (1)").await;
        let view = visit.publish(app, &document, vec![passed(sample)]).await.expect(201);
        let report = &view["reports"][0];
        let (code, place) = (report["verification_code"].as_str().unwrap(), &report["verification_page"]);
        let reply = app.get(place.as_str().unwrap()).send().await;
        let page = html(&reply, 200);
        let hash = hex::encode(Sha256::digest(pdf("/Title (1)")));
        for wanted in [code, &hash, "甲实验室", "现行有效", "所检项目符合要求", "第 1 版", "甲&#38;乙"] {
            assert!(page.contains(wanted), "{wanted} is not in {page}");
        }
        assert!(!page.contains("<i>") && page.contains("&#60;i&#62;儿童"), "{page}");
        assert!(!page.contains("xiaoming") && !page.contains(&visit.booking.to_string()));
        assert_eq!(reply.header("cache-control"), "no-cache", "a proxy would keep what is withdrawn");
        let again = app.get(place.as_str().unwrap()).header("if-none-match", reply.header("etag"));
        assert_eq!(again.send().await.status, 304);

        // From the form, as it is read off the paper.
        let form = app.get("/reports").send().await;
        assert!(html(&form, 200).contains("<form action=\"/reports\""));
        let typed = code.to_lowercase().replace('-', "%20");
        let found = app.get(&format!("/reports?code={typed}")).send().await;
        assert_eq!((found.status.as_u16(), found.header("location")), (303, place.as_str().unwrap()));
        for wrong in ["/reports?code=x", "/reports?code=%E6%8A%A5%E5%91%8A", "/reports/22222-22222-22222-22222",
            "/reports/%3Cscript%3E", "/reports?code="] {
            let page = html(&app.get(wrong).send().await, 404);
            assert!(page.contains("没有查到") && !page.contains("<script"), "{wrong}");
        }
        // What whoever shared the link added to it is nothing to us.
        html(&app.get("/reports?from=singlemessage&isappinstalled=0").send().await, 200);
        app.drain_jobs().await;
    }

    async fn the_page_of_a_report_says_at_once_that_it_holds_no_more(app) {
        let visit = simple_visit(app).await;
        let first = visit.finish(app, |sample| vec![failed(sample)]).await;
        let place = |view: &Value, n: usize| {
            view["reports"][n]["verification_page"].as_str().unwrap().to_owned()
        };
        let old = place(&first, 0);
        let page = html(&app.get(&old).send().await, 200);
        assert!(page.contains("所检项目有不符合要求的") && page.contains("现行有效"));
        let sample = id(&first["samples"][0]["id"]);
        let document = visit.document(app, "/Title (2)").await;
        let version = first["version"].as_i64().unwrap();
        let second = visit.correct(app, version, &document, vec![passed(sample)]).await.expect(201);
        let page = html(&app.get(&old).send().await, 200);
        assert!(page.contains("已被更正") && page.contains(&format!("href=\"{}\"", place(&second, 0))), "{page}");
        visit.withdraw(app, second["version"].as_i64().unwrap()).await.expect(200);
        let page = html(&app.get(&place(&second, 0)).send().await, 200);
        assert!(page.contains("已被检测机构撤回") && page.contains("失效日期"), "{page}");
        assert!(!html(&app.get(&old).send().await, 200).contains("现行有效"));
        app.drain_jobs().await;
    }

    async fn check_report_hash_finds_the_document_and_no_other(app) {
        let visit = simple_visit(app).await;
        let view = visit.finish(app, |sample| vec![passed(sample)]).await;
        let hash = hex::encode(Sha256::digest(pdf("/Title (1)")));
        for spelling in [hash.clone(), hash.to_uppercase()] {
            let found = check(app, &spelling).await.expect(200);
            assert_eq!(found["reports"].as_array().unwrap().len(), 1);
            assert_eq!(found["reports"][0]["verification_code"], view["reports"][0]["verification_code"]);
        }
        // One byte more is another document.
        let other = hex::encode(Sha256::digest(pdf("/Title (2)")));
        assert_eq!(check(app, &other).await.expect(200)["reports"], json!([]));
        for wrong in ["", "abc", hash.get(1..).unwrap(), &format!("{hash}0"), &"g".repeat(64), &"码".repeat(64)] {
            check(app, wrong).await.invalid("sha256");
        }
        app.drain_jobs().await;
    }
}
