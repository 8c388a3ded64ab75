//! Questions to experts: what a resident asks, what staff do with it, and what everybody reads.

mod answer;
mod ask;
mod faq;
mod storms;
mod triage;

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse};

const OWN: &str = "/api/v1/questions";
const STAFF: &str = "/api/v1/staff/questions";
const FAQS: &str = "/api/v1/faqs";
const STAFF_FAQS: &str = "/api/v1/staff/faqs";
const TEXT: &str = "三岁的孩子应该选哪一种安全座椅，怎么看有没有认证？";
const ANSWER: &str = "请看座椅上的强制性产品认证标志。";

fn question_body() -> Value {
    json!({
        "title": "安全座椅怎么选", "text": TEXT, "product_class": "maternal_elderly_disabled",
        "region_code": "110101",
    })
}

/// Text that would do harm if it were taken for more than text.
const ATTACKS: [&str; 4] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[点这里](javascript:alert(1))",
    "{{7*7}} ${7*7} '; DROP TABLE questions; --",
];

async fn asker(app: &TestApp, name: &str) -> Person {
    let person = app.resident(name).await;
    app.declare(&person, json!({ "band": "adult" })).await;
    person
}

async fn ask(app: &TestApp, who: &Person, body: Value) -> TestResponse {
    app.post(OWN).by(who).json(body).send().await
}

/// Asks the usual question and returns its id.
async fn asked(app: &TestApp, who: &Person) -> String {
    let question = ask(app, who, question_body()).await.expect(201);
    question["id"].as_str().unwrap().to_owned()
}

async fn own(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    app.get(&format!("{OWN}/{id}")).by(who).send().await
}

/// Triages and answers in Beijing.
async fn handler(app: &TestApp) -> Person {
    app.staff(Role::CaseHandler, "region:11").await
}

async fn seen(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    app.get(&format!("{STAFF}/{id}")).by(who).send().await
}

async fn version(app: &TestApp, id: &str) -> i64 {
    let id = app.literal(id.parse().unwrap());
    app.count(&format!("SELECT version FROM questions WHERE id = {id}")).await
}

/// One step of staff, from the version that is there.
async fn step(app: &TestApp, who: &Person, id: &str, action: &str, body: Value) -> TestResponse {
    let version = version(app, id).await;
    let post = app.post(&format!("{STAFF}/{id}/{action}")).by(who);
    post.header("if-match", &format!("\"{version}\"")).json(body).send().await
}

async fn answer(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    step(app, who, id, "answer", json!({ "text": ANSWER })).await
}

/// A question of `who` that `expert` has answered.
async fn answered(app: &TestApp, who: &Person, expert: &Person) -> String {
    let id = asked(app, who).await;
    let given = json!({ "assignee_id": expert.id });
    step(app, expert, &id, "assignment", given).await.expect(200);
    answer(app, expert, &id).await.expect(200);
    id
}

fn faq_body(question: &str) -> Value {
    json!({
        "question_id": question, "product_class": "maternal_elderly_disabled",
        "title": "怎样看儿童安全座椅的认证", "question": "选购儿童安全座椅时怎样看认证？",
        "answer": "看产品上的强制性产品认证标志，并在官方网站查询证书。",
    })
}

async fn publish(app: &TestApp, who: &Person, question: &str) -> TestResponse {
    app.post(STAFF_FAQS).by(who).json(faq_body(question)).send().await
}

async fn follow_up(app: &TestApp, who: &Person, id: &str) -> TestResponse {
    let body = json!({ "text": "证书在哪里可以查到？" });
    app.post(&format!("{OWN}/{id}/follow-up")).by(who).json(body).send().await
}

async fn rate(app: &TestApp, who: &Person, id: &str, rating: i64) -> TestResponse {
    let body = json!({ "rating": rating });
    app.put(&format!("{OWN}/{id}/rating")).by(who).json(body).send().await
}

/// What one was told, in the order of the words.
async fn told(app: &TestApp, who: &Person) -> Vec<String> {
    let inbox = app.walk("/api/v1/notifications", Some(who), 20).await;
    let mut kinds: Vec<String> =
        inbox.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds
}
