//! Bulletins, written by one and published by another.

use entity::lab_capability::ProductClass;
use entity::login_session::SessionAudience;
use sanjin::platform::auth::start_session;
use sanjin::platform::db::AuditActor;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::{Lab, Person, Role};

/// A recall that is accepted as it is.
pub fn bulletin_body() -> Value {
    json!({
        "kind": "recall",
        "title": "关于召回部分儿童安全座椅的公告",
        "summary": "卡扣在碰撞中可能断裂。",
        "hazard": "卡扣强度不足",
        "harm": "儿童可能受伤",
        "severity": 3,
        "probability": "thousandth",
        "measures": "停止使用并联系生产者。",
        "remedy_options": ["replace", "refund"],
        "number_of_units": 1_200,
        "consumer_contact": "400-000-0000",
        "issuing_authority": "市场监管总局",
        "source_url": "https://www.samr.gov.cn/",
        "issued_on": "2026-11-01",
        "products": [product_body()],
    })
}

pub fn product_body() -> Value {
    json!({
        "name": "儿童安全座椅",
        "product_class": "maternal_elderly_disabled",
        "brand": "好孩®",
        "models": ["GB-1", "GB-2"],
        "batches": ["20260101"],
        "gtins": ["6901234567892"],
        "manufacturer": "某某制造有限公司",
    })
}

impl TestApp {
    /// A draft through the API.
    pub async fn bulletin_draft(&self, body: Value) -> Value {
        let editor = self.staff(Role::Editor, "country").await;
        let post = self.post("/api/v1/staff/bulletins").bearer(&editor.token).json(body);
        post.send().await.expect(201)
    }

    /// A public act on a bulletin, by somebody who may.
    pub async fn act_on_bulletin(&self, seen: &Value, act: &str, body: Value) -> Value {
        let reviewer = self.staff(Role::Reviewer, "country").await;
        let path = format!("/api/v1/staff/bulletins/{}/{act}", seen["id"].as_str().unwrap());
        let version = format!("\"{}\"", seen["version"]);
        let post = self.post(&path).bearer(&reviewer.token).header("if-match", &version);
        post.json(body).send().await.expect(200)
    }

    /// A member of staff logged in anew, after time went by.
    pub async fn staff_again(&self, who: &Person) -> Person {
        let tx = self.app.begin(AuditActor::Staff(who.id)).await.unwrap();
        let pair = start_session(&self.app, &tx, SessionAudience::Staff, who.id, 0).await.unwrap();
        tx.commit().await.unwrap();
        Person { id: who.id, token: pair.access_token, refresh_token: pair.refresh_token }
    }

    /// Says that a lab can test a class of products for free.
    pub async fn capable(&self, lab: &Lab, class: ProductClass) {
        let path = format!("/api/v1/staff/lab-profiles/{}", lab.id);
        let profile = self.get(&path).bearer(&lab.staff.token).send().await.expect(200);
        let able = json!([{
            "service_kind": "free_testing", "product_class": class, "standard": "GB 27887-2024",
            "days_needed": 5,
        }]);
        let put = self.put(&format!("{path}/capabilities")).bearer(&lab.staff.token);
        let put = put.header("if-match", &format!("\"{}\"", profile["version"]));
        put.json(json!({ "capabilities": able })).send().await.expect(200);
    }

    /// A published bulletin, as staff see it.
    pub async fn bulletin(&self, body: Value) -> Value {
        let draft = self.bulletin_draft(body).await;
        self.act_on_bulletin(&draft, "publication", json!({})).await
    }
}
