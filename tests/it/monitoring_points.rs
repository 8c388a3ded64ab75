//! Monitoring points, and what a role at one of them, in a region and in the country shows.

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};
use uuid::Uuid;

const POINTS: &str = "/api/v1/staff/monitoring-points";

fn point_body(name: &str, region_code: &str) -> Value {
    json!({ "name": name, "kind": "school", "region_code": region_code, "address": "示范路 1 号" })
}

async fn point(app: &TestApp, by: &Person, name: &str, region_code: &str) -> String {
    let post = app.post(POINTS).by(by).json(point_body(name, region_code));
    post.send().await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn names(app: &TestApp, who: &Person) -> Vec<String> {
    let all = app.walk(POINTS, Some(who), 2).await;
    let mut names: Vec<String> =
        all.iter().map(|point| point["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

backends! {
    async fn points_are_seen_within_the_scope_and_nowhere_else(app) {
        let country = app.staff(Role::HqAdmin, "country").await;
        let a = point(app, &country, "甲小学", "110101").await;
        let b = point(app, &country, "乙医院", "110102").await;
        let c = point(app, &country, "丙社区", "310101").await;
        let city = app.staff(Role::ProvinceReporter, "region:11").await;
        let at_b = app.staff(Role::PointReporter, &format!("point:{b}")).await;
        let union = app
            .staff_with(&[
                (Role::PointReporter, format!("point:{c}").as_str()),
                (Role::ProvinceReporter, "region:110101"),
            ])
            .await;
        assert_eq!(names(app, &country).await, ["丙社区", "乙医院", "甲小学"]);
        assert_eq!(names(app, &city).await, ["乙医院", "甲小学"]);
        assert_eq!(names(app, &at_b).await, ["乙医院"]);
        assert_eq!(names(app, &union).await, ["丙社区", "甲小学"]);
        for (who, seen) in [(&country, &a), (&city, &a), (&at_b, &b), (&union, &c)] {
            app.get(&format!("{POINTS}/{seen}")).by(who).send().await.expect(200);
        }
        for (who, hidden) in [(&city, &c), (&at_b, &a), (&union, &b)] {
            let get = app.get(&format!("{POINTS}/{hidden}")).by(who).send().await;
            get.problem(404, "not_found");
        }
        app.refuses_bad_pages(POINTS, Some(&city)).await;
    }

    async fn points_are_registered_and_closed_in_ones_own_regions_only(app) {
        let city = app.staff(Role::ProvinceReporter, "region:11").await;
        let other = app.staff(Role::ProvinceReporter, "region:31").await;
        let id = point(app, &city, "甲小学", "110101").await;
        let post = |body| app.post(POINTS).by(&city).json(body).send();
        post(point_body("丙社区", "310101")).await.problem(403, "forbidden");
        post(point_body("丙社区", "99")).await.problem(422, "unknown_region");
        post(point_body("甲小学", "110101")).await.problem(409, "monitoring_point_name_taken");
        let path = format!("{POINTS}/{id}/status");
        let close = |who| app.put(&path).by(who).json(json!({ "status": "closed" })).send();
        close(&other).await.problem(404, "not_found");
        assert_eq!(close(&city).await.expect(200)["status"], "closed");
        assert_eq!(app.walk(&format!("{POINTS}?status=active"), Some(&city), 5).await.len(), 0);
        app.refuses_each(|| app.post(POINTS).by(&city), &point_body("甲小学", "110101"), [
            ("name", json!("校")), ("name", json!("名".repeat(81))), ("kind", json!("moon")),
            ("address", json!("路")), ("region_code", json!("1101010011")), ("id", json!(1)),
        ]).await;
    }

    async fn roles_at_a_point_need_a_point_that_is_at_work(app) {
        let country = app.staff(Role::HqAdmin, "country").await;
        let security = app.staff(Role::SecurityAdmin, "country").await;
        let member = app.staff_with(&[]).await;
        let id = point(app, &country, "甲小学", "110101").await;
        let give = |role: &str, scope: &str| {
            let path = format!("/api/v1/staff/members/{}/grants", member.id);
            app.post(&path).by(&security).json(json!({ "role": role, "scope": scope })).send()
        };
        let here = format!("point:{id}");
        give("editor", &here).await.invalid("role");
        give("point_reporter", "region:11").await.invalid("role");
        give("point_reporter", &format!("point:{}", Uuid::nil())).await.problem(404, "not_found");
        let close = app.put(&format!("{POINTS}/{id}/status")).by(&country);
        close.json(json!({ "status": "closed" })).send().await.expect(200);
        give("point_reporter", &here).await.problem(404, "not_found");
    }
}
