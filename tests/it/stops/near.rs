//! Stops by distance.

use serde_json::json;
use tests::{backends, with};

use super::{STOPS, create, names, stop, stop_body};

backends! {
    async fn list_stops_near_a_place_shows_the_nearest_first(app) {
        let lab = app.lab("甲实验室").await;
        stop(app, &lab, "不知在哪", 1).await;
        for (name, days, latitude) in [("远村", 2, 39.99), ("近村", 4, 39.91), ("上海", 2, 31.23)] {
            let place = json!({ "latitude": latitude, "longitude": 116.4 });
            let body = with(&stop_body(&lab, name, days), "location", place);
            create(app, &lab, body).await.expect(201);
        }
        let near = async |query: &str| {
            let page = app.get(&format!("{STOPS}?near=39.9,116.4{query}")).send().await.expect(200);
            page["items"].as_array().unwrap().clone()
        };
        let found = near("").await;
        assert_eq!(names(&found), ["近村", "远村"]);
        assert_eq!([&found[0]["distance_metres"], &found[1]["distance_metres"]], [1112, 10_008]);
        assert_eq!(names(&near("&limit=1").await), ["近村"]);
        assert_eq!(names(&near("&on=2026-11-22").await), ["远村"]);
        let page = app.get(&format!("{STOPS}?limit=1")).send().await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let get = app.get(&format!("{STOPS}?near=39.9,116.4&cursor={cursor}")).send().await;
        get.problem(422, "invalid_cursor");
    }
}
