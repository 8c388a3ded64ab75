//! Labs by distance.

use serde_json::{Value, json};
use tests::{TestApp, backends};

use super::{LABS, names, put};

async fn lab_at(app: &TestApp, name: &str, latitude: f64, longitude: f64) {
    let lab = app.lab(name).await;
    let body = json!({
        "address": "示范路 1 号", "phone": "12315",
        "location": { "latitude": latitude, "longitude": longitude },
    });
    put(app, &lab.staff, &lab.id.to_string(), &json!(1), body).await.expect(200);
}

async fn near(app: &TestApp, query: &str) -> Vec<Value> {
    let page = app.get(&format!("{LABS}?near={query}")).send().await.expect(200);
    assert!(page.get("next_cursor").is_none());
    page["items"].as_array().unwrap().clone()
}

backends! {
    async fn list_labs_near_a_place_shows_the_nearest_first(app) {
        app.lab("不知在哪").await;
        // A degree of longitude is shorter than one of latitude here.
        lab_at(app, "东边", 40.0, 116.11).await;
        lab_at(app, "北边", 40.1, 116.0).await;
        lab_at(app, "这里", 40.0, 116.0).await;
        lab_at(app, "上海", 31.2304, 121.4737).await;
        let found = near(app, "40.0,116.0").await;
        assert_eq!(names(&found), ["这里", "东边", "北边"]);
        let metres: Vec<u64> =
            found.iter().map(|lab| lab["distance_metres"].as_u64().unwrap()).collect();
        assert_eq!(metres, [0, 9370, 11_120]);
        assert_eq!(found[1]["location"], json!({ "latitude": 40.0, "longitude": 116.11 }));
        assert_eq!(names(&near(app, "40.0,116.0&limit=1").await), ["这里"]);
        assert_eq!(names(&near(app, "31.0,121.0").await), ["上海"]);
        assert!(near(app, "40.0,116.0&q=%E4%B8%8A%E6%B5%B7").await.is_empty());
        for nowhere in ["90,0", "-90,180", "0,-180", "89.99999,179.99999"] {
            assert!(near(app, nowhere).await.is_empty(), "{nowhere}");
        }
        let page = app.walk(LABS, None, 2).await;
        assert_eq!(page.len(), 5);
        assert!(page.iter().all(|lab| lab["distance_metres"].is_null()));
    }

    async fn list_labs_near_no_place_is_refused(app) {
        for near in ["", "91,116", "39,181", "39", "39,116,1", "NaN,116", "1e400,1", "%E5%8C%97,%E4%BA%AC"] {
            let get = app.get(&format!("{LABS}?near={near}")).send().await;
            assert_eq!(get.problem(422, "validation_failed")["errors"][0]["path"], "near");
        }
        for _ in 0..2 {
            app.advance(chrono::TimeDelta::seconds(1));
            let lab = app.lab(&format!("实验室 {}", app.now())).await;
            assert!(!lab.id.is_nil());
        }
        let page = app.get(&format!("{LABS}?limit=1")).send().await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let get = app.get(&format!("{LABS}?near=39,116&cursor={cursor}")).send().await;
        get.problem(422, "invalid_cursor");
    }
}
