//! Grown-ups, minors and class seats, made through the API.

use entity::guardian_consent::GuardianStatement;
use sanjin::platform::consent::NoticeKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::fixtures::{Person, id};
use crate::planted::plant;

/// An open class.
#[derive(Clone, Debug)]
pub struct Class {
    pub id: Uuid,
    pub code: String,
}

impl TestApp {
    /// The version of a notice that is shown today.
    pub fn notice(&self, kind: NoticeKind) -> String {
        self.app.notices.current(kind).unwrap().version.clone()
    }

    /// Declares an age band as the person itself.
    pub async fn declare(&self, person: &Person, body: Value) {
        self.put("/api/v1/me/age-band").by(person).json(body).send().await.expect(200);
    }

    /// An adult with a bound phone.
    pub async fn adult(&self, name: &str) -> Person {
        let person = self.resident(name).await;
        self.declare(&person, json!({ "band": "adult" })).await;
        self.bind_phone(&person, name).await;
        person
    }

    /// Binds a phone that is this name's own.
    pub async fn bind_phone(&self, person: &Person, name: &str) {
        let digits = name.bytes().fold(0_u32, |sum, b| (sum * 31 + u32::from(b)) % 100_000_000);
        let phone = format!("139{digits:08}");
        plant(&phone);
        let appid = self.app.wechat.appid();
        let code = self.wechat().mint_phone_code(name, &phone, appid).await.unwrap();
        let bind = self.post("/api/v1/me/phone").by(person).json(json!({ "code": code }));
        bind.send().await.expect(200);
    }

    /// An adult with a bound phone who teaches.
    pub async fn teacher(&self, name: &str) -> Person {
        let person = self.adult(name).await;
        let patch = self.patch("/api/v1/me").by(&person).json(json!({ "audience": "teacher" }));
        patch.send().await.expect(200);
        person
    }

    /// Turns 18 in November 2028.
    pub async fn teen(&self, name: &str) -> Person {
        let person = self.resident(name).await;
        self.declare(&person, json!({ "band": "teen", "turns_next_in": "2028-11" })).await;
        person
    }

    /// Under 14, without a guardian.
    pub async fn child(&self, name: &str) -> Person {
        let person = self.resident_agreeing(name, Value::Null).await;
        self.declare(&person, json!({ "band": "child" })).await;
        person
    }

    /// Under 14 with a guardian's consent; turns 14 in November 2028.
    pub async fn ward(&self, name: &str, guardian: &Person) -> Person {
        let child = self.child(name).await;
        let code = self.invitation(&child).await;
        let body = self.ward_body(&code);
        self.post("/api/v1/me/wards").by(guardian).json(body).send().await.expect(201);
        child
    }

    pub async fn invitation(&self, child: &Person) -> String {
        let invite = self.post("/api/v1/me/guardian-invitations").by(child).send().await;
        let code = invite.expect(201)["code"].as_str().unwrap().to_owned();
        plant(&code);
        code
    }

    /// What a guardian sends who has ticked everything.
    pub fn ward_body(&self, code: &str) -> Value {
        json!({
            "code": code, "relation": "mother", "version": self.notice(NoticeKind::Children),
            "statements": GuardianStatement::ALL, "turns_next_in": "2028-11",
        })
    }

    pub async fn class(&self, teacher: &Person, size: i16) -> Class {
        let body = json!({ "grade": 3, "number": 2, "size": size, "region_code": "110101" });
        let class = self.post("/api/v1/classes").by(teacher).json(body).send().await.expect(201);
        let code = class["code"].as_str().unwrap().to_owned();
        plant(&code);
        Class { id: id(&class["id"]), code }
    }

    /// The next seat of a class.
    pub async fn seat(&self, class: &Class) -> Person {
        let body = json!({ "class_code": class.code });
        let seat = self.post("/api/v1/auth/class-seat").json(body).send().await.expect(200);
        let token = seat["access_token"].as_str().unwrap().to_owned();
        let me = self.get("/api/v1/me").bearer(&token).send().await.expect(200);
        let refresh_token = seat["refresh_token"].as_str().unwrap().to_owned();
        Person { id: id(&me["id"]), token, refresh_token }
    }
}
