//! Numbers, bounds, and the chain that only grows.

use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{id, simple_visit, visit};

async fn take(app: &TestApp, staff: &Person, sample: Uuid, version: i64, to: &str) -> TestResponse {
    let request = app.post(&format!("/api/v1/staff/samples/{sample}/custody-events")).by(staff);
    let request = request.header("if-match", &format!("\"{version}\""));
    request.json(json!({ "to": to, "place": "冷藏柜 2" })).send().await
}

async fn read(app: &TestApp, staff: &Person, sample: Uuid) -> Value {
    let path = format!("/api/v1/staff/samples/{sample}");
    app.get(&path).by(staff).send().await.expect(200)
}

backends! {
    async fn move_sample_adds_a_link_to_its_chain(app) {
        let visit = simple_visit(app).await;
        let (sample, staff) = (visit.sample(app).await, &visit.staff);
        let fresh = read(app, staff, sample).await;
        assert_eq!(fresh["allowed_moves"], json!(["in_testing", "stored", "returned"]));
        take(app, staff, sample, 0, "destroyed").await.problem(409, "sample_move_refused");
        take(app, staff, sample, 0, "received").await.problem(409, "sample_move_refused");
        take(app, staff, sample, 1, "stored").await.problem(412, "stale_version");
        let path = format!("/api/v1/staff/samples/{sample}/custody-events");
        let blind = app.post(&path).by(staff).json(json!({ "to": "stored" })).send().await;
        blind.problem(428, "precondition_required");
        take(app, staff, sample, 0, "lost").await.invalid("to");
        for (version, to) in [(0, "stored"), (1, "in_testing"), (2, "destroyed")] {
            take(app, staff, sample, version, to).await.expect(201);
        }
        take(app, staff, sample, 3, "stored").await.problem(409, "sample_move_refused");
        let chain = read(app, staff, sample).await;
        assert_eq!(chain["allowed_moves"], json!([]));
        let steps: Vec<_> = chain["custody"].as_array().unwrap().iter().map(|step| {
            assert_eq!(id(&step["staff_id"]), staff.id);
            (step["to"].as_str().unwrap(), step["place"].as_str().unwrap())
        }).collect();
        assert_eq!(steps, [("received", "收样台"), ("stored", "冷藏柜 2"), ("in_testing", "冷藏柜 2"), ("destroyed", "冷藏柜 2")]);
        for change in ["UPDATE sample_events SET place = 'x'", "DELETE FROM sample_events"] {
            assert!(app.try_execute(change).await.is_err(), "{change}");
        }
    }

    async fn register_sample_gives_readable_numbers_and_keeps_to_its_bound(app) {
        let visit = simple_visit(app).await;
        let toy = |number: &str| json!({ "product_name": "玩具", "number": number });
        let own = visit.register(app, json!({ "product_name": "玩具" })).await.expect(201);
        let number = own["number"].as_str().unwrap();
        assert!(number.starts_with("261122-") && number.len() == 13, "{number}");
        assert_eq!(visit.register(app, toy("lab-007")).await.expect(201)["number"], "LAB-007");
        visit.register(app, toy("LAB-007")).await.problem(409, "sample_number_taken");
        visit.register(app, toy("LAB-008")).await.expect(201);
        visit.register(app, toy("LAB-009")).await.problem(409, "sample_limit_reached");
        assert_eq!(app.text("SELECT sample_number FROM bookings").await.as_deref(), Some(number), "the first");
        let found = app.walk("/api/v1/staff/samples?number=lab-007", Some(&visit.staff), 5).await;
        assert_eq!(found.len(), 1);
        let path = format!("/api/v1/staff/samples?booking_id={}&status=received", visit.booking);
        assert_eq!(app.walk(&path, Some(&visit.staff), 2).await.len(), 3);
        // Another lab has numbers of its own.
        let other = super::visit(app, app.lab("乙实验室").await, "dahei", 1).await;
        other.register(app, toy("LAB-007")).await.expect(201);
        app.drain_jobs().await;
    }

    async fn register_sample_with_a_wrong_field_is_refused(app) {
        let visit = visit(app, app.lab("甲实验室").await, "xiaoming", 1).await;
        let path = format!("/api/v1{}", visit.path("samples"));
        let body = json!({
            "number": "A-1", "product_name": "玩具", "product_class": "other", "brand": "x", "model": "x",
            "batch": "x", "quantity": 1, "place": "x",
        });
        app.refuses_each(|| app.post(&path).by(&visit.staff), &body, [
            ("number", json!("A")),
            ("number", json!("A 1")),
            ("number", json!("编号一二")),
            ("number", json!("A".repeat(33))),
            ("product_name", json!(" ")),
            ("product_name", json!("x".repeat(61))),
            ("brand", json!("a\nb")),
            ("quantity", json!(0)),
            ("quantity", json!(1001)),
            ("price", json!(1)),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM samples").await, 0);
    }
}
