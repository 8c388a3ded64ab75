//! What visitors hand in, what the lab finds, and who gets to know it.

mod chain;
mod custody;
mod late;
mod leads;
mod links;
mod rating;
mod reports;
mod storms;
mod verify;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Lab, Person, Role, TestApp, TestResponse, pdf};
use uuid::Uuid;

/// Somebody who came to a lab, and who let them in, both logged in now.
#[derive(Clone)]
struct Visit {
    lab: Lab,
    name: String,
    person: Person,
    staff: Person,
    booking: Uuid,
}

fn id(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

/// Books, is confirmed and comes: it is half past nine on Sunday, 22 November 2026, in China.
async fn visit(app: &TestApp, lab: Lab, name: &str, units: u32) -> Visit {
    let slot = app.slot(&lab, 48, 60).await;
    let person = app.resident(name).await;
    let body = json!({ "slot_id": slot, "product_name": "儿童安全座椅", "units": units });
    let post = app.post("/api/v1/bookings").by(&person).json(body);
    let booking = id(&post.send().await.expect(201)["id"]);
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(&lab.staff).send().await.expect(200);
    app.advance(TimeDelta::minutes(48 * 60 - 30));
    app.drain_jobs().await;
    let visit = Visit { lab, name: name.to_owned(), staff: person.clone(), person, booking };
    let visit = visit.again(app).await;
    let path = format!("/api/v1/bookings/{booking}/check-in-code");
    let shown = app.get(&path).by(&visit.person).send().await.expect(200);
    let scan = app.post("/api/v1/staff/check-ins").by(&visit.staff);
    scan.json(json!({ "code": shown["code"] })).send().await.expect(200);
    visit
}

/// As [`visit`], to a lab of its own.
async fn simple_visit(app: &TestApp) -> Visit {
    visit(app, app.lab("甲实验室").await, "xiaoming", 1).await
}

impl Visit {
    /// The same visit after time went by.
    async fn again(&self, app: &TestApp) -> Self {
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", self.lab.id)).await;
        Self { person: app.resident(&self.name).await, staff, ..self.clone() }
    }

    async fn register(&self, app: &TestApp, body: Value) -> TestResponse {
        post(app, &self.staff, &self.path("samples"), body).await
    }

    /// A toy seat is taken in; returns the sample's id.
    async fn sample(&self, app: &TestApp) -> Uuid {
        let body = json!({
            "product_name": "儿童安全座椅", "product_class": "maternal_elderly_disabled", "brand": "某牌",
            "model": "A-1", "batch": "20261001", "place": "收样台",
        });
        id(&self.register(app, body).await.expect(201)["id"])
    }

    async fn start(&self, app: &TestApp) -> TestResponse {
        post(app, &self.staff, &self.path("testing"), json!({})).await
    }

    async fn upload(&self, app: &TestApp, content: Vec<u8>) -> TestResponse {
        let path = format!("/api/v1/staff/bookings/{}/report-file", self.booking);
        app.put(&path).by(&self.staff).raw("application/pdf", content).send().await
    }

    /// The id of a document that was taken in.
    async fn document(&self, app: &TestApp, inside: &str) -> Value {
        self.upload(app, pdf(inside)).await.expect(200)["media_id"].clone()
    }

    async fn publish(&self, app: &TestApp, document: &Value, items: Vec<Value>) -> TestResponse {
        let body = json!({ "media_id": document, "items": items });
        post(app, &self.staff, &self.path("report"), body).await
    }

    async fn correct(
        &self,
        app: &TestApp,
        version: i64,
        document: &Value,
        items: Vec<Value>,
    ) -> TestResponse {
        let body = json!({ "media_id": document, "items": items, "reason": "数值录入有误" });
        let request = app.post(&format!("/api/v1{}", self.path("report-corrections")));
        let request = request.by(&self.staff).header("if-match", &format!("\"{version}\""));
        request.json(body).send().await
    }

    async fn withdraw(&self, app: &TestApp, version: i64) -> TestResponse {
        let request = app.post(&format!("/api/v1{}", self.path("report-withdrawal")));
        let request = request.by(&self.staff).header("if-match", &format!("\"{version}\""));
        request.json(json!({ "reason": "样品弄错" })).send().await
    }

    /// From the sample to the report with these items, made from the sample's id.
    async fn finish(&self, app: &TestApp, items: impl FnOnce(Uuid) -> Vec<Value>) -> Value {
        let sample = self.sample(app).await;
        self.start(app).await.expect(200);
        let document = self.document(app, "/Title (1)").await;
        self.publish(app, &document, items(sample)).await.expect(201)
    }

    fn into_lab(self) -> Lab {
        Lab { staff: self.staff, ..self.lab }
    }

    fn path(&self, what: &str) -> String {
        format!("/staff/bookings/{}/{what}", self.booking)
    }

    async fn results(&self, app: &TestApp) -> Value {
        let path = format!("/api/v1/bookings/{}/results", self.booking);
        app.get(&path).by(&self.person).send().await.expect(200)
    }

    async fn lab_results(&self, app: &TestApp) -> Value {
        let path = format!("/api/v1{}", self.path("results"));
        app.get(&path).by(&self.staff).send().await.expect(200)
    }

    async fn link(&self, app: &TestApp) -> TestResponse {
        let path = format!("/api/v1/bookings/{}/report-link", self.booking);
        app.post(&path).by(&self.person).send().await
    }
}

async fn post(app: &TestApp, who: &Person, path: &str, body: Value) -> TestResponse {
    app.post(&format!("/api/v1{path}")).by(who).json(body).send().await
}

/// One item that passed.
fn passed(sample: Uuid) -> Value {
    json!({
        "sample_id": sample, "item": "阻燃性", "standard": "GB 27887-2011 4.2", "method": "GB 8410-2006",
        "limit": "≤ 100", "value": "37", "unit": "mm/min", "verdict": "pass",
    })
}

/// One safety item that failed.
fn failed(sample: Uuid) -> Value {
    json!({
        "sample_id": sample, "item": "头部位移", "standard": "GB 27887-2011 5.10", "limit": "≤ 550",
        "value": "612", "unit": "mm", "verdict": "fail", "is_safety": true,
    })
}

async fn version_of(app: &TestApp, visit: &Visit) -> i64 {
    visit.lab_results(app).await["version"].as_i64().unwrap()
}
