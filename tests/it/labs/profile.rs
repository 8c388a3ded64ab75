//! What a lab says of itself, and who may.

use serde_json::{Value, json};
use tests::{Role, backends, with};
use uuid::Uuid;

use super::{LABS, PROFILES, profile, put};

fn whole_profile() -> Value {
    json!({
        "address": "北京市海淀区示范路 2 号", "phone": "010-6262 0001", "email": "service@lab.example",
        "contact_title": "业务受理室主任", "introduction": "检测玩具和文具。",
        "opening_hours": [
            { "day": "tuesday", "opens": "09:00", "closes": "12:00" },
            { "day": "monday", "opens": "13:30", "closes": "17:00" },
            { "day": "monday", "opens": "09:00", "closes": "12:00" },
        ],
        "location": { "latitude": 39.983_424, "longitude": 116.322_987 },
    })
}

backends! {
    async fn update_lab_profile_shows_to_everybody(app) {
        let lab = app.lab("甲实验室").await;
        let path = format!("{PROFILES}/{}", lab.id);
        let read = app.get(&path).by(&lab.staff).send().await;
        assert_eq!(read.header("etag"), "\"1\"");
        let before = read.expect(200);
        assert_eq!([&before["location"], &before["email"], &before["version"]], [&json!(null), &json!(null), &json!(1)]);
        let written = put(app, &lab.staff, &lab.id.to_string(), &json!(1), whole_profile()).await;
        assert_eq!(written.header("etag"), "\"2\"");
        let seen = app.get(&format!("{LABS}/{}", lab.id)).send().await.expect(200);
        for field in ["address", "phone", "email", "contact_title", "introduction", "location"] {
            assert_eq!(seen[field], whole_profile()[field], "{field}");
        }
        let hours: Vec<String> = seen["opening_hours"].as_array().unwrap().iter()
            .map(|one| format!("{} {}", one["day"].as_str().unwrap(), one["opens"].as_str().unwrap()))
            .collect();
        assert_eq!(hours, ["monday 09:00", "monday 13:30", "tuesday 09:00"]);
        assert_eq!([&seen["name"], &seen["region_code"]], ["甲实验室", "110108"]);
        // What is left out is emptied.
        let bare = json!({ "address": "示范路 1 号", "phone": "12315" });
        let bare = put(app, &lab.staff, &lab.id.to_string(), &json!(2), bare).await.expect(200);
        assert_eq!([&bare["email"], &bare["location"]], [&json!(null), &json!(null)]);
        assert_eq!(bare["opening_hours"], json!([]));
        let trail = "SELECT COUNT(*) FROM audit_entries WHERE action = 'lab.update'";
        assert_eq!(app.count(trail).await, 2);
    }

    async fn update_lab_profile_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let path = format!("{PROFILES}/{}", lab.id);
        let put = || app.put(&path).by(&lab.staff).header("if-match", "\"1\"");
        app.refuses_each(put, &whole_profile(), [
            ("address", json!("短")),
            ("phone", json!("abc")),
            ("email", json!("lab.example")),
            ("email", json!(format!("{}@lab.example", "x".repeat(99)))),
            ("contact_title", json!("两\n行")),
            ("introduction", json!("x".repeat(1001))),
            ("location.latitude", json!(91)),
            ("location.latitude", json!(-90.000_001)),
            ("location.longitude", json!(180.5)),
            ("location.longitude", json!("116")),
            ("location.altitude", json!(1)),
            ("opening_hours[0].day", json!("holiday")),
            ("opening_hours[0].opens", json!("24:00")),
            ("opening_hours[0].opens", json!("9:00")),
            ("opening_hours[0].closes", json!("09:00")),
            ("name", json!("乙实验室")),
            ("status", json!("active")),
            ("price", json!(1)),
        ]).await;
        let overlapping = with(&whole_profile(), "opening_hours[2].closes", json!("13:31"));
        put().json(overlapping).send().await.invalid("opening_hours[2].opens");
        let half = with(&whole_profile(), "location", json!({ "latitude": 39.9 }));
        put().json(half).send().await.invalid("location.longitude");
        let many = vec![json!({ "day": "monday", "opens": "09:00", "closes": "12:00" }); 29];
        put().json(with(&whole_profile(), "opening_hours", json!(many))).send().await.invalid("opening_hours");
        assert_eq!(profile(app, &lab.staff, lab.id).await["version"], 1);
    }

    async fn update_lab_profile_of_another_version_or_lab_is_refused(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let own = lab.id.to_string();
        for version in [json!(0), json!(2), json!("x")] {
            put(app, &lab.staff, &own, &version, whole_profile()).await.problem(412, "stale_version");
        }
        let without = app.put(&format!("{PROFILES}/{own}")).by(&lab.staff).json(whole_profile());
        without.send().await.problem(428, "precondition_required");
        for (staff, id) in [(&other.staff, lab.id), (&lab.staff, Uuid::nil())] {
            put(app, staff, &id.to_string(), &json!(1), whole_profile()).await.problem(404, "not_found");
            let get = app.get(&format!("{PROFILES}/{id}")).by(staff).send().await;
            get.problem(404, "not_found");
        }
        let editor = app.staff(Role::Editor, "country").await;
        put(app, &editor, &own, &json!(1), whole_profile()).await.problem(403, "forbidden");
        assert_eq!(profile(app, &lab.staff, lab.id).await["version"], 1);
        // Headquarters may, everywhere.
        let admin = app.staff(Role::HqAdmin, "country").await;
        put(app, &admin, &own, &json!(1), whole_profile()).await.expect(200);
    }

    async fn list_lab_profiles_shows_ones_own(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let admin = app.staff(Role::HqAdmin, "country").await;
        let path = format!("/api/v1/staff/labs/{}/status", other.id);
        let suspended = json!({ "status": "suspended" });
        app.put(&path).by(&admin).json(suspended).send().await.expect(200);
        let names = async |who| -> Vec<Value> {
            let all = app.walk(PROFILES, Some(who), 1).await;
            all.iter().map(|lab| json!([lab["name"], lab["status"]])).collect()
        };
        assert_eq!(names(&lab.staff).await, [json!(["甲实验室", "active"])]);
        assert_eq!(names(&other.staff).await, [json!(["乙实验室", "suspended"])]);
        assert_eq!(names(&admin).await.len(), 2);
        app.refuses_bad_pages(PROFILES, Some(&admin)).await;
    }

    async fn set_lab_capabilities_replaces_what_was_said_before(app) {
        let lab = app.lab("甲实验室").await;
        let one = |standard: &str, days: i32| json!({
            "service_kind": "free_testing", "product_class": "clothing", "standard": standard,
            "days_needed": days,
        });
        let path = format!("{}/capabilities", lab.id);
        let set = async |version: i32, list: Value| {
            put(app, &lab.staff, &path, &json!(version), json!({ "capabilities": list })).await
        };
        let both = set(1, json!([one("GB 31701-2015", 5), one("GB 18401-2010", 0)])).await.expect(200);
        assert_eq!(both["capabilities"], json!([one("GB 18401-2010", 0), one("GB 31701-2015", 5)]));
        set(1, json!([])).await.problem(412, "stale_version");
        let less = set(2, json!([one("GB 31701-2015", 7)])).await.expect(200);
        assert_eq!(less["capabilities"], json!([one("GB 31701-2015", 7)]));
        let twice = set(3, json!([one("GB 18401-2010", 1), one("GB 18401-2010", 2)])).await;
        twice.invalid("capabilities[1]");
        let request = || app.put(&format!("{PROFILES}/{path}")).by(&lab.staff).header("if-match", "\"3\"");
        app.refuses_each(request, &json!({ "capabilities": [one("GB 18401-2010", 1)] }), [
            ("capabilities[0].service_kind", json!("massage")),
            ("capabilities[0].product_class", json!("toys")),
            ("capabilities[0].standard", json!("G")),
            ("capabilities[0].standard", json!("x".repeat(61))),
            ("capabilities[0].days_needed", json!(-1)),
            ("capabilities[0].days_needed", json!(366)),
            ("capabilities[0].fee", json!(1)),
            ("capabilities", json!(null)),
        ]).await;
        let too_many: Vec<Value> = (0..501).map(|n| one(&format!("GB {n}"), 1)).collect();
        set(3, json!(too_many)).await.invalid("capabilities");
        let seen = app.get(&format!("{LABS}/{}", lab.id)).send().await.expect(200);
        assert_eq!(seen["capabilities"], json!([one("GB 31701-2015", 7)]));
        assert_eq!(set(3, json!([])).await.expect(200)["capabilities"], json!([]));
    }
}
