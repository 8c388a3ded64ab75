//! What people thought of it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{TestApp, TestResponse, backends};

use super::{Visit, passed, simple_visit};

fn marks(overall: i32) -> Value {
    json!({ "overall": overall, "attitude": 5, "speed": 4, "clarity": 3 })
}

async fn rate(app: &TestApp, visit: &Visit, body: Value) -> TestResponse {
    let path = format!("/api/v1/bookings/{}/satisfaction", visit.booking);
    app.put(&path).by(&visit.person).json(body).send().await
}

backends! {
    async fn rate_booking_keeps_the_marks_given_last(app) {
        let visit = simple_visit(app).await;
        rate(app, &visit, marks(5)).await.problem(409, "rating_closed");
        visit.finish(app, |sample| vec![passed(sample)]).await;
        rate(app, &visit, marks(5)).await.expect(200);
        app.advance(TimeDelta::days(1));
        let visit = visit.again(app).await;
        rate(app, &visit, marks(2)).await.expect(200);
        let own = visit.results(app).await;
        assert_eq!((&own["satisfaction"]["overall"], &own["satisfaction"]["clarity"]), (&json!(2), &json!(3)));
        assert_eq!(visit.lab_results(app).await["satisfaction"], json!(null), "not the lab's to know");
        assert_eq!(app.count("SELECT COUNT(*) FROM satisfactions WHERE answered_at < updated_at").await, 1);
        let path = format!("/api/v1/bookings/{}/satisfaction", visit.booking);
        app.refuses_each(|| app.put(&path).by(&visit.person), &marks(1), [
            ("overall", json!(0)),
            ("overall", json!(6)),
            ("speed", json!(null)),
            ("clarity", json!("好")),
            ("attitude", json!(4.5)),
            ("comment", json!("很好")),
        ]).await;
        let stranger = app.resident("dahei").await;
        app.put(&path).by(&stranger).json(marks(1)).send().await.problem(404, "not_found");
        app.advance(TimeDelta::days(29));
        let visit = visit.again(app).await;
        rate(app, &visit, marks(1)).await.problem(409, "rating_closed");
        assert_eq!(visit.results(app).await["allowed_actions"], json!(["download"]));
        app.drain_jobs().await;
    }
}
