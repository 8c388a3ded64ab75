//! Administrative divisions: the real ones, from the province down.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestResponse, backends};

const REGIONS: &str = "/api/v1/regions";

async fn get(app: &TestApp, rest: &str) -> TestResponse {
    app.get(&format!("{REGIONS}{rest}")).send().await
}

async fn names(app: &TestApp, rest: &str) -> Vec<String> {
    let list = get(app, rest).await.expect(200);
    let names = list["items"].as_array().unwrap().iter();
    names.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

backends! {
    async fn list_regions_without_parent_shows_provinces_and_the_corps(app) {
        let list = get(app, "").await.expect(200);
        let items = list["items"].as_array().unwrap();
        let of_level = |level: &str| items.iter().filter(|item| item["level"] == level).count();
        assert_eq!([of_level("province"), of_level("reporting_unit"), items.len()], [31, 1, 32]);
        let codes: Vec<&str> = items.iter().filter_map(|item| item["code"].as_str()).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        assert_eq!(items.last().unwrap()["name"], "新疆生产建设兵团");
        let streets = "SELECT COUNT(*) FROM regions WHERE level = 'street'";
        assert_eq!(app.count(streets).await, 41_352);
    }

    async fn list_regions_below_a_region_goes_down_to_the_streets(app) {
        assert_eq!(names(app, "?parent=").await.len(), 32, "the top");
        assert_eq!(names(app, "?parent=11").await, ["市辖区"]);
        assert!(names(app, "?parent=1101").await.contains(&"东城区".to_owned()));
        assert!(names(app, "?parent=110101").await.contains(&"东华门街道".to_owned()));
        assert!(names(app, "?parent=110101001").await.is_empty());
        assert!(names(app, "?parent=66").await.is_empty());
    }

    async fn list_regions_below_what_is_no_region_is_refused(app) {
        for parent in ["99", "1", "11010", "1101010011", "ab", "%27%20OR%201=1", "%E5%8C%97", "11%25"] {
            let problem = get(app, &format!("?parent={parent}")).await;
            let problem = problem.problem(422, "unknown_region");
            assert_eq!(problem["errors"][0]["path"], "parent", "{parent}");
        }
        get(app, "?above=11").await.invalid("above");
        get(app, "?parent=11&parent=12").await.problem(422, "validation_failed");
    }

    async fn get_region_shows_its_full_name_without_fillers(app) {
        let street = get(app, "/110101001").await.expect(200);
        assert_eq!(street, json!({
            "code": "110101001", "name": "东华门街道", "level": "street",
            "parent_code": "110101", "full_name": "北京市东城区东华门街道",
        }));
        let province = get(app, "/11").await.expect(200);
        assert_eq!(province["parent_code"], Value::Null);
        assert_eq!(get(app, "/66").await.expect(200)["level"], "reporting_unit");
    }

    async fn get_region_that_does_not_exist_is_refused(app) {
        for code in ["99", "110101999", "1", "abc", "11%2F01", "%ff", "..", "１１", &"1".repeat(500)] {
            get(app, &format!("/{code}")).await.problem(404, "not_found");
        }
    }

    async fn list_regions_is_cacheable_and_revalidates(app) {
        for path in ["", "?parent=11", "/11"] {
            let first = get(app, path).await;
            first.expect(200);
            assert!(first.header("cache-control").starts_with("public, max-age="));
            let etag = first.header("etag");
            let again = |tags: String| {
                app.get(&format!("{REGIONS}{path}")).header("if-none-match", &tags).send()
            };
            for tags in [etag.to_owned(), format!("\"x\", W/{etag}"), "*".to_owned()] {
                let known = again(tags).await;
                assert_eq!((known.status.as_u16(), known.header("etag")), (304, etag));
                assert!(known.body.is_empty());
            }
            again("\"x\"".to_owned()).await.expect(200);
            let head = app.request(Method::HEAD, &format!("{REGIONS}{path}")).send().await;
            assert_eq!((head.status.as_u16(), head.header("etag")), (200, etag));
            assert!(head.body.is_empty());
        }
    }
}
