//! Where else there is room.

use entity::lab_capability::ProductClass;
use serde_json::json;
use tests::{Lab, Role, TestApp, backends};
use uuid::Uuid;

use super::id;

/// The alternatives for somebody who asks for more.
async fn alternatives_for(app: &TestApp, slot: Uuid, query: &str) -> Vec<Uuid> {
    let path = format!("/api/v1/slots/{slot}/alternatives?{query}");
    let list = app.get(&path).send().await.expect(200);
    list["items"].as_array().unwrap().iter().map(id).collect()
}

/// A lab in a region with one service of a kind.
async fn lab_in(app: &TestApp, name: &str, region: &str, kind: &str) -> Lab {
    let admin = app.staff(Role::HqAdmin, "country").await;
    let lab = json!({
        "name": name, "region_code": region, "address": "某路 1 号", "phone": "01062620000",
    });
    let lab = id(&app.post("/api/v1/staff/labs").by(&admin).json(lab).send().await.expect(201));
    app.accredited(lab, "2040-12-31").await;
    let service = json!({ "kind": kind, "name": "服务" });
    let post = app.post(&format!("/api/v1/staff/labs/{lab}/services")).by(&admin).json(service);
    let service_id = id(&post.send().await.expect(201)["services"][0]);
    let staff = app.staff(Role::LabStaff, &format!("lab:{lab}")).await;
    Lab { id: lab, service_id, staff }
}

async fn alternatives(app: &TestApp, slot: Uuid) -> Vec<Uuid> {
    alternatives_for(app, slot, "").await
}

backends! {
    async fn list_alternatives_shows_the_nearest_first(app) {
        let own = lab_in(app, "甲实验室", "110108", "free_testing").await;
        let next_door = lab_in(app, "乙实验室", "110108", "free_testing").await;
        let in_town = lab_in(app, "丙实验室", "110101", "free_testing").await;
        let far = lab_in(app, "丁实验室", "310101", "free_testing").await;
        let other_kind = lab_in(app, "戊实验室", "110108", "consultation").await;
        let slot = app.slot(&own, 72, 1).await;
        let (later, sooner) = (app.slot(&own, 120, 1).await, app.slot(&own, 60, 1).await);
        let near = app.slot(&next_door, 72, 1).await;
        let town = app.slot(&in_town, 71, 1).await;
        for lab in [&far, &other_kind] {
            app.slot(lab, 72, 1).await;
        }
        assert_eq!(alternatives(app, slot).await, [sooner, later, near, town]);
        // What has no room, or is closed, is none.
        app.booking(&app.resident("a").await, sooner).await;
        let path = format!("/api/v1/staff/slots/{near}/closure");
        app.post(&path).by(&next_door.staff).send().await.expect(200);
        assert_eq!(alternatives(app, slot).await, [later, town]);
        for hours in 73..80 {
            app.slot(&own, hours, 1).await;
        }
        assert_eq!(alternatives(app, slot).await.len(), 5);
        let path = format!("/api/v1/slots/{}/alternatives", Uuid::nil());
        app.get(&path).send().await.problem(404, "not_found");
    }

    async fn list_alternatives_has_room_for_a_group_and_means_for_the_product(app) {
        let own = lab_in(app, "甲实验室", "110108", "free_testing").await;
        let next_door = lab_in(app, "乙实验室", "110108", "free_testing").await;
        let slot = app.slot(&own, 72, 1).await;
        let (one, many) = (app.slot(&own, 73, 1).await, app.slot(&own, 96, 3).await);
        let other = app.slot(&next_door, 72, 3).await;
        assert_eq!(alternatives(app, slot).await, [one, many, other]);
        assert_eq!(alternatives_for(app, slot, "units=3").await, [many, other]);
        // Nobody said that the neighbours can test toys.
        let toys = "units=3&product_class=maternal_elderly_disabled";
        assert_eq!(alternatives_for(app, slot, toys).await, [many]);
        app.capable(&next_door, ProductClass::MaternalElderlyDisabled).await;
        assert_eq!(alternatives_for(app, slot, toys).await, [many, other]);
        for (query, field) in [("units=0", "units"), ("units=-1", "units"), ("units=501", "units")] {
            let path = format!("/api/v1/slots/{slot}/alternatives?{query}");
            app.get(&path).send().await.invalid(field);
        }
        for query in ["units=x", "product_class=toys", "place=1"] {
            let path = format!("/api/v1/slots/{slot}/alternatives?{query}");
            app.get(&path).send().await.problem(422, "validation_failed");
        }
    }
}
