//! Certificates, their history, and until when a lab is accredited.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, TestResponse, backends, with};
use uuid::Uuid;

use super::{LABS, PROFILES, create, id, lab_body, profile};

fn certificate(number: &str, until: &str) -> Value {
    json!({
        "kind": "cma", "certificate_number": number, "issued_on": "2026-11-01",
        "valid_until": until, "scope_note": "玩具",
    })
}

async fn enter(app: &TestApp, staff: &Person, lab: Uuid, body: Value) -> TestResponse {
    // The newest is listed first.
    app.advance(TimeDelta::seconds(1));
    app.post(&format!("{PROFILES}/{lab}/accreditations")).by(staff).json(body).send().await
}

/// Replaces (with a body) or revokes an accreditation.
async fn end(app: &TestApp, lab: &Lab, id: &Value, body: Option<Value>) -> TestResponse {
    app.advance(TimeDelta::seconds(1));
    let step = if body.is_some() { "replacement" } else { "revocation" };
    let path = format!("{PROFILES}/{}/accreditations/{}/{step}", lab.id, id.as_str().unwrap());
    app.post(&path).by(&lab.staff).json(body.unwrap_or_else(|| json!({}))).send().await
}

/// A lab that was never accredited, and its staff.
async fn bare_lab(app: &TestApp, name: &str) -> Lab {
    let admin = app.staff(Role::HqAdmin, "country").await;
    let lab = id(&create(app, &admin, lab_body(name, "110108")).await.expect(201));
    let staff = app.staff(Role::LabStaff, &format!("lab:{lab}")).await;
    Lab { id: lab, service_id: Uuid::nil(), staff }
}

backends! {
    async fn create_accreditation_accredits_until_the_last_day_of_the_longest(app) {
        let lab = bare_lab(app, "甲实验室").await;
        assert_eq!(profile(app, &lab.staff, lab.id).await["accredited_until"], json!(null));
        for (number, until, expected) in [
            ("a-1", "2027-01-01", "2027-01-01"),
            ("A-2", "2030-02-28", "2030-02-28"),
            ("A-3", "2026-11-01", "2030-02-28"),
        ] {
            let seen = enter(app, &lab.staff, lab.id, certificate(number, until)).await.expect(201);
            assert_eq!([&seen["accredited_until"], &seen["is_accredited"]], [&json!(expected), &json!(true)]);
        }
        // The one that is over is history, and not shown to everybody.
        let seen = app.get(&format!("{LABS}/{}", lab.id)).send().await.expect(200);
        let numbers: Vec<&Value> = seen["accreditations"].as_array().unwrap().iter()
            .map(|one| &one["certificate_number"]).collect();
        assert_eq!(numbers, ["A-2", "A-1"]);
        assert_eq!(profile(app, &lab.staff, lab.id).await["accreditations"].as_array().unwrap().len(), 3);
        let trail = "SELECT COUNT(*) FROM audit_entries WHERE action = 'lab.accredit'";
        assert_eq!(app.count(trail).await, 3);
    }

    async fn cnas_is_shown_and_accredits_nobody(app) {
        let lab = bare_lab(app, "甲实验室").await;
        let cnas = with(&certificate("L-1", "2031-01-01"), "kind", json!("cnas"));
        let seen = enter(app, &lab.staff, lab.id, cnas).await.expect(201);
        assert_eq!([&seen["accredited_until"], &seen["is_accredited"]], [&json!(null), &json!(false)]);
        let seen = enter(app, &lab.staff, lab.id, certificate("C-1", "2027-01-01")).await.expect(201);
        assert_eq!([&seen["accredited_until"], &seen["is_accredited"]], [&json!("2027-01-01"), &json!(true)]);
        assert_eq!(seen["accreditations"].as_array().unwrap().len(), 2);
    }

    async fn create_accreditation_with_a_wrong_field_is_refused(app) {
        let lab = bare_lab(app, "甲实验室").await;
        let path = format!("{PROFILES}/{}/accreditations", lab.id);
        app.refuses_each(|| app.post(&path).by(&lab.staff), &certificate("A-1", "2030-01-01"), [
            ("kind", json!("iso")),
            ("certificate_number", json!("A")),
            ("certificate_number", json!("-A1")),
            ("certificate_number", json!("证书一号")),
            ("certificate_number", json!("A".repeat(31))),
            ("issued_on", json!("2026-02-31")),
            // Tomorrow.
            ("issued_on", json!("2026-11-21")),
            ("issued_on", json!("2026-11-01T00:00:00Z")),
            ("valid_until", json!("2026-10-31")),
            ("valid_until", json!("2027-02-29")),
            ("valid_until", json!("9999-12-31")),
            ("valid_until", json!("+262142-12-31")),
            ("scope_note", json!("x".repeat(501))),
            ("fee", json!(1)),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM lab_accreditations").await, 0);
        assert_eq!(profile(app, &lab.staff, lab.id).await["version"], 0);
    }

    async fn create_accreditation_of_another_lab_or_certificate_is_refused(app) {
        let (lab, other) = (bare_lab(app, "甲实验室").await, bare_lab(app, "乙实验室").await);
        enter(app, &lab.staff, lab.id, certificate("A-1", "2030-01-01")).await.expect(201);
        let again = enter(app, &other.staff, other.id, certificate("a-1", "2031-01-01")).await;
        again.problem(409, "certificate_taken");
        let cnas = with(&certificate("A-1", "2030-01-01"), "kind", json!("cnas"));
        enter(app, &other.staff, other.id, cnas.clone()).await.expect(201);
        for (staff, lab) in [(&lab.staff, other.id), (&other.staff, lab.id), (&lab.staff, Uuid::nil())] {
            enter(app, staff, lab, certificate("A-9", "2030-01-01")).await.problem(404, "not_found");
        }
        let foreign = profile(app, &other.staff, other.id).await["accreditations"][0]["id"].clone();
        for body in [None, Some(certificate("A-9", "2030-01-01"))] {
            end(app, &lab, &foreign, body).await.problem(404, "not_found");
        }
        let kept = &profile(app, &other.staff, other.id).await["accreditations"][0];
        assert_eq!([&kept["id"], &kept["is_in_force"]], [&foreign, &json!(true)]);
        assert_eq!(app.count("SELECT COUNT(*) FROM lab_accreditations").await, 2);
    }

    async fn replace_accreditation_keeps_both_and_revoking_ends_it(app) {
        let lab = bare_lab(app, "甲实验室").await;
        let seen = enter(app, &lab.staff, lab.id, certificate("A-1", "2030-01-01")).await.expect(201);
        let first = seen["accreditations"][0]["id"].clone();
        // The same number, corrected to a shorter time.
        let shorter = certificate("A-1", "2028-01-01");
        let seen = end(app, &lab, &first, Some(shorter.clone())).await.expect(201);
        assert_eq!(seen["accredited_until"], "2028-01-01");
        let (new, old) = (&seen["accreditations"][0], &seen["accreditations"][1]);
        assert_eq!([&old["end_reason"], &old["replaced_by"]], [&json!("replaced"), &new["id"]]);
        assert_eq!([&old["valid_until"], &old["is_in_force"]], [&json!("2030-01-01"), &json!(false)]);
        for body in [None, Some(shorter)] {
            end(app, &lab, &first, body).await.problem(409, "accreditation_ended");
        }
        let seen = end(app, &lab, &new["id"].clone(), None).await.expect(200);
        assert_eq!([&seen["accredited_until"], &seen["is_accredited"]], [&json!(null), &json!(false)]);
        assert_eq!(seen["accreditations"].as_array().unwrap().len(), 2);
        // A revoked number may be entered again.
        enter(app, &lab.staff, lab.id, certificate("A-1", "2029-01-01")).await.expect(201);
    }

    async fn accreditations_entered_at_once_leave_the_longest(app) {
        let lab = bare_lab(app, "甲实验室").await;
        let enter_one = |n: i32| {
            enter(app, &lab.staff, lab.id, certificate(&format!("A-{n:02}"), &format!("20{}-06-30", 27 + n)))
        };
        for reply in join_all((0..12).map(enter_one)).await {
            reply.expect(201);
        }
        let seen = profile(app, &lab.staff, lab.id).await;
        assert_eq!([&seen["accredited_until"], &seen["version"]], [&json!("2038-06-30"), &json!(12)]);
        // Of several who end one at once, one does.
        let longest = seen["accreditations"].as_array().unwrap().iter()
            .find(|one| one["valid_until"] == "2038-06-30").unwrap()["id"].clone();
        let ends = join_all((0..6).map(|_| end(app, &lab, &longest, None))).await;
        assert_eq!(ends.iter().filter(|reply| reply.status == 200).count(), 1);
        for reply in ends.iter().filter(|reply| reply.status != 200) {
            reply.problem(409, "accreditation_ended");
        }
        assert_eq!(profile(app, &lab.staff, lab.id).await["accredited_until"], "2037-06-30");
    }
}
