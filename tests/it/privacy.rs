//! A whole day with planted personal data: it must not turn up in the log, in an error, in a job,
//! in the audit trail or in a notice.

use chrono::TimeDelta;
use sanjin::platform::db::AuditActor;
use serde_json::{Value, json};
use tests::{
    Engine, Person, Role, TestApp, TestResponse, backends, complaint_body, plant, run, with,
};
use wechat::client::official::OauthScope;
use wechat::client::paths::{CODE_TO_SESSION, PHONE_NUMBER, SUBSCRIBE_SEND};
use wechat::simulator::Fault;

const NAME: &str = "诸葛测试员";
const PHONE: &str = "13698765432";
const BOUND_PHONE: &str = "15912349876";
const ADDRESS: &str = "幸福里小区 7 号楼 502";
const PASSWORD: &str = "planted-password-1";
const FACTS: &str = "我家孩子在幼儿园受伤的经过";
const REASON: &str = "因为要住院所以不能去了";
const ID_NUMBER: &str = "11010519491231002X";
const SCHOOL: &str = "星河湾实验小学";
const TEMPLATE: &str = "TPL-1";

struct Day<'a> {
    app: &'a TestApp,
    refusals: usize,
}

impl Day<'_> {
    fn refused(&mut self, reply: &TestResponse) {
        assert!(!reply.status.is_success(), "{}", reply.text());
        self.refusals += 1;
    }

    async fn log_in(&mut self) -> Person {
        let appid = self.app.app.wechat.appid();
        plant(self.app.wechat().openid("zhuge", appid).as_str());
        plant(self.app.wechat().unionid("zhuge").as_str());
        let code = self.app.wechat().mint_login_code("zhuge", appid).await.unwrap();
        plant(&code);
        let login = || self.app.post("/api/v1/auth/wechat/login").json(json!({ "code": code }));
        self.app.wechat().inject(CODE_TO_SESSION, Fault::Status(502), 1);
        let failed = login().send().await;
        login().send().await.expect(200);
        let used = login().send().await;
        self.refused(&failed);
        self.refused(&used);
        self.app.resident("zhuge").await
    }

    async fn bind_phone(&mut self, person: &Person) {
        let appid = self.app.app.wechat.appid();
        let code = self.app.wechat().mint_phone_code("zhuge", BOUND_PHONE, appid).await.unwrap();
        plant(&code);
        let bind = || self.app.post("/api/v1/me/phone").by(person).json(json!({ "code": code }));
        self.app.wechat().inject(PHONE_NUMBER, Fault::Truncated, 1);
        let failed = bind().send().await;
        let used = bind().send().await;
        self.refused(&failed);
        self.refused(&used);
        let code = self.app.wechat().mint_phone_code("zhuge", BOUND_PHONE, appid).await.unwrap();
        let bind = self.app.post("/api/v1/me/phone").by(person).json(json!({ "code": code }));
        bind.send().await.expect(200);
    }

    /// The same person by the other door: two accounts become one.
    async fn come_by_a_page(&mut self) {
        let app = self.app;
        app.advance(TimeDelta::seconds(1));
        let official = app.app.official.as_ref().unwrap().appid();
        plant(app.wechat().openid("zhuge", official).as_str());
        for scope in [OauthScope::Base, OauthScope::UserInfo] {
            let sent = app.get("/api/v1/auth/wechat/h5/authorize?return_to=/h5/").send().await;
            let location = sent.header("location").to_owned();
            let state = location.split("&state=").nth(1).unwrap().split('#').next().unwrap();
            let cookie = sent.header("set-cookie").split(';').next().unwrap().to_owned();
            let code = app.wechat().mint_oauth_code("zhuge", official, scope).await.unwrap();
            for secret in [state, cookie.split('=').nth(1).unwrap(), &code] {
                plant(secret);
            }
            let body = json!({ "code": code, "state": state });
            let login = |cookie: &str| {
                let post = app.post("/api/v1/auth/wechat/h5/login").header("cookie", cookie);
                post.json(body.clone()).send()
            };
            let entered = login(&cookie).await.expect(200);
            plant(entered["refresh_token"].as_str().unwrap());
            let again = login(&cookie).await;
            self.refused(&again);
        }
        let nowhere = format!("/api/v1/auth/wechat/h5/authorize?return_to={PHONE}");
        let refused = app.get(&nowhere).send().await;
        self.refused(&refused);
    }

    async fn introduce(&mut self, person: &Person) {
        let app = self.app;
        let put = |body: Value| app.put("/api/v1/me/real-name").by(person).json(body).send();
        let body = json!({ "name": NAME, "id_number": ID_NUMBER, "purpose": "complaint" });
        for (field, value) in [
            ("id_number", json!(format!("{ID_NUMBER}1"))),
            ("name", json!(format!("{NAME}\n{NAME}"))),
            ("name", json!({ "family": NAME })),
            ("purpose", json!(ID_NUMBER)),
        ] {
            let refused = put(with(&body, field, value)).await;
            self.refused(&refused);
        }
        put(body).await.expect(200);
        let patch = |body: Value| app.patch("/api/v1/me").by(person).json(body).send();
        let name =
            || app.put("/api/v1/me/school").by(person).json(json!({ "name": SCHOOL })).send();
        let refused = name().await;
        self.refused(&refused);
        patch(json!({ "audience": "teacher" })).await.expect(200);
        name().await.expect(200);
        let wrong = app.wechat().open_data(
            "zhuge",
            app.app.wechat.appid(),
            json!({
                "purePhoneNumber": format!("{BOUND_PHONE}x"), "countryCode": "86",
            }),
        );
        let (data, iv) = wrong.await.unwrap();
        let body = json!({ "encrypted_data": data, "iv": iv });
        let refused = app.post("/api/v1/me/wechat-data").by(person).json(body).send().await;
        self.refused(&refused);
    }

    async fn complain(&mut self, person: &Person) -> String {
        let mut body = with(&complaint_body(), "facts", json!(FACTS));
        for (field, value) in [("name", NAME), ("phone", PHONE), ("address", ADDRESS)] {
            body["complainant"][field] = json!(value);
        }
        // Every mistake that a form with personal data can hold.
        for (field, value) in [
            ("complainant.name", json!(format!("{NAME}\n{NAME}"))),
            ("complainant.name", json!([NAME])),
            ("complainant.phone", json!(format!("{PHONE}{PHONE}"))),
            ("complainant.phone", json!(PHONE.parse::<u64>().unwrap())),
            ("complainant.address", json!({ "street": ADDRESS })),
            ("demand", json!(FACTS)),
            ("facts", json!(FACTS.repeat(400))),
            ("respondent.region_code", json!(PHONE)),
            ("id_number", json!(PHONE)),
        ] {
            let post = self.app.post("/api/v1/complaints").by(person);
            let reply = post.json(with(&body, field, value)).send().await;
            self.refused(&reply);
        }
        let broken = format!("{{\"complainant\": {{\"name\": \"{NAME}\", \"phone\": {PHONE}");
        let post = self.app.post("/api/v1/complaints").by(person).raw("application/json", broken);
        let reply = post.send().await;
        self.refused(&reply);
        let query = format!("/api/v1/complaints?name={NAME}&phone={PHONE}");
        let reply = self.app.get(&query).by(person).send().await;
        self.refused(&reply);
        let post = self.app.post("/api/v1/complaints").by(person).json(body);
        let post = post.header("idempotency-key", "a-key-of-the-day").send().await;
        post.expect(201)["id"].as_str().unwrap().to_owned()
    }

    async fn handle(&mut self, id: &str) {
        let handler = self.app.staff(Role::CaseHandler, "region:11").await;
        let path = format!("/api/v1/staff/complaints/{id}");
        let seen = self.app.get(&path).by(&handler).send().await.expect(200);
        assert!(!seen.to_string().contains(NAME), "a look at the complaint shows no name");
        let why = json!({ "reason": "verify_identity" });
        let disclosure = self.app.post(&format!("{path}/disclosures")).by(&handler).json(why);
        assert_eq!(disclosure.send().await.expect(201)["name"], NAME);
        let accept = || {
            let note = json!({ "note": format!("已联系{NAME}，电话{PHONE}") });
            self.app.post(&format!("{path}/acceptance")).by(&handler).json(note).send()
        };
        accept().await.expect(200);
        let again = accept().await;
        self.refused(&again);
    }

    async fn book(&mut self, person: &Person) {
        let app = self.app;
        app.wechat().register_template(TEMPLATE, &["thing1", "time2"]);
        app.wechat().grant_subscribe("zhuge", TEMPLATE, 1).await.unwrap();
        app.wechat().inject(SUBSCRIBE_SEND, Fault::Errcode(45011), 1);
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 3).await;
        let booking = app.booking(person, slot).await;
        let again = json!({ "slot_id": slot, "product_name": NAME });
        let again = app.post("/api/v1/bookings").by(person).json(again).send().await;
        self.refused(&again);
        let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
        app.post(&path).by(&lab.staff).send().await.expect(200);
        app.drain_jobs().await;
        app.advance(TimeDelta::seconds(10));
        app.drain_jobs().await;
        let path = format!("/api/v1/bookings/{booking}/cancellation");
        app.post(&path).by(person).json(json!({ "reason": REASON })).send().await.expect(200);
    }

    async fn administer(&mut self) {
        let admin = self.app.staff(Role::SystemAdmin, "country").await;
        let body = json!({
            "username": "zhuge.li", "display_name": NAME, "password": PASSWORD,
        });
        let create = || self.app.post("/api/v1/staff/members").by(&admin).json(body.clone()).send();
        create().await.expect(201);
        let taken = create().await;
        let wrong = json!({ "username": "zhuge.li", "password": format!("{PASSWORD}-wrong") });
        let wrong = self.app.post("/api/v1/staff/auth/login").json(wrong).send().await;
        self.refused(&taken);
        self.refused(&wrong);
        let right = json!({ "username": "zhuge.li", "password": PASSWORD });
        self.app.post("/api/v1/staff/auth/login").json(right).send().await.expect(200);
    }

    async fn come_back(&mut self, person: &Person) {
        self.app.advance(TimeDelta::seconds(901));
        let expired = self.app.get("/api/v1/me").by(person).send().await;
        self.refused(&expired);
        let refresh = || {
            let body = json!({ "refresh_token": person.refresh_token });
            self.app.post("/api/v1/auth/refresh").json(body).send()
        };
        refresh().await.expect(200);
        let reused = refresh().await;
        self.refused(&reused);
        let path = format!("/api/v1/regions?parent={PHONE}");
        let unknown = self.app.get(&path).send().await;
        self.refused(&unknown);
        let nowhere = self.app.get(&format!("/api/v1/{PHONE}/{NAME}")).send().await;
        self.refused(&nowhere);
    }
}

backends! {
    async fn a_whole_day_leaves_no_personal_data_where_it_does_not_belong(
        app, config => {
            TEMPLATE.clone_into(&mut config.wechat.templates.booking_confirmed);
            config.text_review.ask_wechat = true;
            config.risk.ask_wechat = true;
        }
    ) {
        for secret in
            [NAME, PHONE, BOUND_PHONE, ADDRESS, PASSWORD, FACTS, REASON, ID_NUMBER, SCHOOL]
        {
            plant(secret);
        }
        let mut day = Day { app, refusals: 0 };
        let person = day.log_in().await;
        day.bind_phone(&person).await;
        day.introduce(&person).await;
        day.come_by_a_page().await;
        let complaint = day.complain(&person).await;
        day.handle(&complaint).await;
        day.book(&person).await;
        day.administer().await;
        day.come_back(&person).await;
        app.drain_jobs().await;
        // The harness looks for what was planted in the log, in errors, jobs, the audit trail and
        // notices at the end of every test; this one makes sure that there is something to look at.
        assert!(day.refusals >= 18 && app.log_lines().len() > 50);
        for table in ["jobs", "audit_entries", "notifications"] {
            assert!(!app.dump(table).await.is_empty(), "{table} is empty");
        }
        for secret in [PHONE, BOUND_PHONE, PASSWORD, ID_NUMBER, SCHOOL] {
            // The handler's note is for the complainant and says what it likes.
            let mut tables = app.tables_with(secret).await;
            tables.retain(|table| table != "complaint_events");
            assert_eq!(tables, Vec::<String>::new(), "{secret}");
        }
        assert_eq!(app.tables_with(&person.token).await, Vec::<String>::new());
        assert_eq!(app.tables_with(&person.refresh_token).await, Vec::<String>::new());
    }
}

/// The harness's own eyes.
#[test]
#[should_panic(expected = "is in the log")]
fn a_planted_secret_in_the_log_fails_its_test() {
    run(Engine::Sqlite, async |_| {
        plant("a-secret-that-is-logged");
        tracing::info!(oops = "a-secret-that-is-logged", "a careless line");
    });
}

#[test]
#[should_panic(expected = "is in audit_entries")]
fn a_planted_secret_in_the_audit_trail_fails_its_test() {
    run(Engine::Sqlite, async |app| {
        plant("13612345678");
        let tx = app.app.begin(AuditActor::System).await.unwrap();
        let details = serde_json::json!({ "phone": "13612345678" });
        tx.audit("test.leak", "test", "1", Some(details)).await.unwrap();
        tx.commit().await.unwrap();
    });
}
