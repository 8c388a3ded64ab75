//! The public files that tell where there is room.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Role, TestApp, TestResponse, backends};

const MANIFEST: &str = "/api/v1/availability";

async fn file(app: &TestApp, name: &str) -> Vec<Value> {
    let reply = app.get(&format!("{MANIFEST}/{name}")).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/fhir+ndjson");
    reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn again(app: &TestApp, path: &str, etag: &str) -> TestResponse {
    app.get(path).header("if-none-match", etag).send().await
}

/// The beginning of a round of files.
fn next_round(app: &TestApp) {
    app.advance(TimeDelta::seconds(30));
}

backends! {
    async fn the_manifest_names_files_by_province_and_week(app) {
        let empty = app.get(MANIFEST).send().await.expect(200);
        assert_eq!(empty["output"], json!([]));
        app.lab("甲实验室").await;
        next_round(app);
        let reply = app.get(&format!("{MANIFEST}?_since=2026-11-01T00:00:00%2B08:00")).send().await;
        assert_eq!(reply.header("cache-control"), "public, max-age=60, stale-while-revalidate=300");
        let manifest = reply.expect(200);
        assert_eq!(manifest["transactionTime"], "2026-11-20T10:00:30+08:00");
        assert_eq!([&manifest["request"], &manifest["error"]], [&json!(MANIFEST), &json!([])]);
        let output = manifest["output"].as_array().unwrap();
        assert_eq!(output.len(), 2 + 9);
        let of = |n: usize| [&output[n]["type"], &output[n]["url"], &output[n]["extension"]["state"][0]];
        assert_eq!(of(0), [&json!("Location"), &json!(format!("{MANIFEST}/locations-11.ndjson")), &json!("11")]);
        assert_eq!(of(1)[0], "Schedule");
        assert_eq!(of(2)[1], &json!(format!("{MANIFEST}/slots-11-20261116.ndjson")));
        for entry in output {
            let reply = app.get(entry["url"].as_str().unwrap()).send().await;
            assert_eq!(reply.status, 200);
        }
        for bad in ["_since=yesterday", "_since=", "since=2026-11-01T00:00:00Z"] {
            let reply = app.get(&format!("{MANIFEST}?{bad}")).send().await;
            reply.problem(422, "validation_failed");
        }
    }

    async fn files_hold_labs_services_and_slots_and_nobody(app) {
        let lab = app.lab("甲实验室").await;
        let places = file(app, "locations-11.ndjson").await;
        assert_eq!(places.len(), 1);
        let place = &places[0];
        assert_eq!([&place["resourceType"], &place["id"]], [&json!("Location"), &json!(lab.id)]);
        assert_eq!(place["address"]["state"], "北京市");
        let text = place["address"]["text"].as_str().unwrap();
        assert!(text.starts_with("北京市海淀区 "), "{text}");
        let schedule = &file(app, "schedules-11.ndjson").await[0];
        assert_eq!(schedule["actor"][0]["reference"], format!("Location/{}", lab.id));
        assert_eq!(schedule["serviceType"][0]["coding"][0]["code"], "free_testing");
        assert!(file(app, "locations-31.ndjson").await.is_empty());
        let (free, held, full, soon) = (
            app.slot(&lab, 24, 30).await,
            app.slot(&lab, 25, 1).await,
            app.slot(&lab, 26, 1).await,
            app.slot(&lab, 1, 1).await,
        );
        app.slot(&lab, 24 * 5, 3).await;
        let person = app.resident("xiaoming").await;
        app.booking(&person, free).await;
        app.booking(&person, held).await;
        let booking = app.booking(&person, full).await;
        let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
        app.post(&path).by(&lab.staff).send().await.expect(200);
        let lines = file(app, "slots-11-20261116.ndjson").await;
        let seen: Vec<_> = lines.iter().map(|slot| (slot["id"].clone(), slot["status"].clone())).collect();
        let expected = [(free, "free"), (held, "busy-tentative"), (full, "busy")];
        assert_eq!(seen, expected.map(|(id, status)| (json!(id), json!(status))));
        assert!(!seen.iter().any(|(id, _)| *id == json!(soon)), "it is too late for that one");
        let slot = &lines[0];
        assert_eq!(slot["schedule"]["reference"], format!("Schedule/{}", lab.service_id));
        let times = [&slot["start"], &slot["end"]];
        assert_eq!(times, ["2026-11-21T10:00:00+08:00", "2026-11-21T11:00:00+08:00"]);
        // 29 are left, and that is nobody's business.
        assert_eq!(slot["extension"][0]["valueInteger"], 20);
        assert!(lines[1].get("extension").is_none());
        // The next week has a file of its own.
        assert_eq!(file(app, "slots-11-20261123.ndjson").await.len(), 1);
        for word in [person.id.to_string(), booking.to_string(), "xiaoming".to_owned()] {
            assert!(!json!(lines).to_string().contains(&word));
        }
        // A suspended lab is in no file.
        let admin = app.staff(Role::HqAdmin, "country").await;
        let path = format!("/api/v1/staff/labs/{}/status", lab.id);
        app.put(&path).by(&admin).json(json!({ "status": "suspended" })).send().await.expect(200);
        next_round(app);
        for name in ["locations-11.ndjson", "schedules-11.ndjson", "slots-11-20261116.ndjson"] {
            assert!(file(app, name).await.is_empty(), "{name}");
        }
    }

    async fn what_is_not_released_or_is_drawn_is_in_no_file(app) {
        let lab = app.lab("甲实验室").await;
        let mut all = Vec::new();
        for hours in 24..29 {
            all.push(app.slot(&lab, hours, 3).await);
        }
        let set = async |slot: usize, change: &str| {
            let id = app.literal(all[slot]);
            app.execute(&format!("UPDATE slots SET {change} WHERE id = {id}")).await;
        };
        set(0, "released_at = '2026-11-20 03:00:00+00:00'").await;
        set(1, &format!("lottery_id = {}", app.literal(all[1]))).await;
        set(2, "district_first_until = '2026-11-20 03:00:00+00:00', district_code = '11'").await;
        set(3, "closes_at = '2026-11-20 01:00:00+00:00'").await;
        let states = async || -> Vec<(Value, Value)> {
            let lines = file(app, "slots-11-20261116.ndjson").await;
            lines.into_iter().map(|line| (line["id"].clone(), line["status"].clone())).collect()
        };
        let of = |n: usize, status: &str| (json!(all[n]), json!(status));
        assert_eq!(states().await, [of(2, "busy-tentative"), of(4, "free")]);
        app.advance(TimeDelta::hours(1));
        assert_eq!(states().await, [of(0, "free"), of(2, "free"), of(4, "free")]);
    }

    async fn a_name_that_is_in_no_manifest_names_no_file(app) {
        app.lab("甲实验室").await;
        for name in [
            "locations-99.ndjson", "locations-1.ndjson", "slots-11.ndjson", "slots-11-20261117.ndjson",
            "slots-11-20261109.ndjson", "slots-11-20270118.ndjson", "slots-11-99991231.ndjson", "x",
            "practitioners-11.ndjson", "%2e%2e", "locations-11.json", "slots-%31%31-20261116.ndjsonx",
        ] {
            let reply = app.get(&format!("{MANIFEST}/{name}")).send().await;
            reply.problem(404, "not_found");
        }
    }

    async fn every_province_has_its_files(app) {
        let regions = app.get("/api/v1/regions").send().await.expect(200);
        let provinces = regions["items"].as_array().unwrap();
        assert_eq!(provinces.len(), 32);
        for province in provinces {
            let name = format!("locations-{}.ndjson", province["code"].as_str().unwrap());
            assert!(file(app, &name).await.is_empty());
        }
    }

    /// The database is gone, and a hundred readers do not notice.
    async fn a_hundred_reads_ask_the_database_nothing(app) {
        let lab = app.lab("甲实验室").await;
        app.slot(&lab, 24, 3).await;
        let replica = app.replica().await;
        let names = ["", "/locations-11.ndjson", "/schedules-11.ndjson", "/slots-11-20261116.ndjson"];
        let mut known = Vec::new();
        for name in names {
            let reply = replica.get(&format!("{MANIFEST}{name}")).send().await;
            assert_eq!(reply.status, 200);
            known.push(reply);
        }
        replica.app.db.close().await.unwrap();
        for round in 0..25 {
            for (name, first) in names.iter().zip(&known) {
                let path = format!("{MANIFEST}{name}");
                if round % 2 == 0 {
                    assert_eq!(again(&replica, &path, first.header("etag")).await.status, 304);
                } else {
                    let reply = replica.get(&path).send().await;
                    assert_eq!((reply.status.as_u16(), &reply.body), (200, &first.body));
                }
            }
        }
        // A new round is made from the database again.
        next_round(app);
        let reply = replica.get(MANIFEST).send().await;
        assert_eq!(reply.status, 503, "{}", reply.text());
        replica.stop().await;
    }

    async fn a_file_changes_with_its_round_and_not_before(app) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 24, 1).await;
        let path = format!("{MANIFEST}/slots-11-20261116.ndjson");
        let first = app.get(&path).send().await;
        let etag = first.header("etag").to_owned();
        assert!(first.text().contains("\"free\""));
        app.booking(&app.resident("xiaoming").await, slot).await;
        assert_eq!(again(app, &path, &etag).await.status, 304);
        next_round(app);
        let second = again(app, &path, &etag).await;
        assert_eq!(second.status, 200);
        assert!(second.text().contains("\"busy-tentative\""));
        // Nothing happened since: the same bytes under the same tag.
        next_round(app);
        assert_eq!(again(app, &path, second.header("etag")).await.status, 304);
    }
}
