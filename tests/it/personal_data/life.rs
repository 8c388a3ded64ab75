//! A person with something in every table that can hold something of a person.

use chrono::TimeDelta;
use serde_json::json;
use tests::{Lab, Person, Role, TestApp, complaint_body, jpeg, with};
use uuid::Uuid;

use super::{again, ask_deletion, cancel, exported, text};

/// Where everybody goes.
pub struct Town {
    pub lab: Lab,
    pub quiz: Uuid,
}

impl Town {
    pub async fn build(app: &TestApp) -> Self {
        Self { lab: app.lab("甲实验室").await, quiz: app.quiz(|_| {}).await }
    }
}

pub struct Life {
    pub person: Person,
    /// Texts by which this person, and nobody else, is known.
    pub secrets: Vec<String>,
    /// Of those, what the open case says in clear.
    pub in_open_case: Vec<String>,
    /// A child in the person's care, with an account of its own.
    pub ward: Person,
    /// Another one, who has just invited its guardian.
    pub waiting: Person,
    pub closed_complaint: String,
    pub open_complaint: String,
}

/// Lives `name`'s life. Afterwards three days have passed.
pub async fn live(app: &TestApp, town: &Town, name: &str, phone: &str) -> Life {
    let person = app.resident(name).await;
    let appid = app.app.wechat.appid();
    let say = |what: &str| format!("{name}的{what}说了只有自己知道的事");
    let (full_name, address) = (format!("诸葛{name}"), format!("幸福里{name}小区 502"));

    // A place that was used, two days ago.
    let staff = app.staff(Role::LabStaff, &format!("lab:{}", town.lab.id)).await;
    let lab = Lab { staff, ..town.lab.clone() };
    let slot = app.slot(&lab, 24, 5).await;
    let body = json!({
        "slot_id": slot, "product_name": say("产品"), "units": 2,
        "beneficiary": { "name": format!("欧阳{name}"), "phone": "13700137000" },
        "roster": [{ "label": format!("{name}的座位"), "name": format!("司马{name}") }],
    });
    let booking = app.post("/api/v1/bookings").by(&person).json(body).send().await.expect(201);
    let booking = text(&booking["id"]).to_owned();
    let path = format!("/api/v1/staff/bookings/{booking}/confirmation");
    app.post(&path).by(&lab.staff).send().await.expect(200);
    app.drain_jobs().await;
    app.advance(TimeDelta::days(3));
    let person = again(app, &person).await;

    let code = app.wechat().mint_phone_code(name, phone, appid).await.unwrap();
    let bind = app.post("/api/v1/me/phone").by(&person).json(json!({ "code": code }));
    bind.send().await.expect(200);
    let me = json!({ "audience": "teacher", "region_code": "110101001" });
    app.patch("/api/v1/me").by(&person).json(me).send().await.expect(200);
    let school = json!({ "name": say("学校") });
    app.put("/api/v1/me/school").by(&person).json(school).send().await.expect(200);
    app.declare(&person, json!({ "band": "adult" })).await;
    let real =
        json!({ "name": full_name, "id_number": "11010519491231002X", "purpose": "complaint" });
    app.put("/api/v1/me/real-name").by(&person).json(real).send().await.expect(200);
    app.evidence(&person, "image/jpeg", &jpeg(9, 9)).await;
    let class = app.class(&person, 2).await;
    app.seat(&class).await;
    let ward = app.ward(&format!("{name}-child"), &person).await;
    let waiting = app.child(&format!("{name}-waiting")).await;
    app.invitation(&waiting).await;

    let path = format!("/api/v1/quizzes/{}/attempts", town.quiz);
    let attempt = app.post(&path).by(&person).send().await.expect(201);
    let item = &attempt["items"][0];
    let attempt = text(&attempt["id"]);
    let path = format!("/api/v1/attempts/{attempt}/answers/{}", text(&item["id"]));
    let answer = json!({ "choices": [item["options"][0]["id"]], "seq": 1 });
    app.put(&path).by(&person).json(answer).send().await.expect(200);
    let path = format!("/api/v1/attempts/{attempt}/submission");
    app.post(&path).by(&person).send().await.expect(200);

    let complain = async |facts: String| {
        let mut body = with(&complaint_body(), "facts", json!(facts));
        for (field, value) in [("name", &full_name), ("address", &address)] {
            body["complainant"][field] = json!(value);
        }
        body["complainant"]["phone"] = json!(phone);
        let key = format!("key-{name}-{}", facts.len());
        let post = app.post("/api/v1/complaints").by(&person).header("idempotency-key", &key);
        text(&post.json(body).send().await.expect(201)["id"]).to_owned()
    };
    let closed_complaint = complain(say("旧投诉事实")).await;
    let path = format!("/api/v1/complaints/{closed_complaint}/withdrawal");
    app.post(&path).by(&person).send().await.expect(200);
    let open_complaint = complain(say("在办投诉")).await;
    let handler = app.staff(Role::CaseHandler, "region:11").await;
    let path = format!("/api/v1/staff/complaints/{open_complaint}/acceptance");
    let note = json!({ "note": say("办理意见") });
    app.post(&path).by(&handler).json(note).send().await.expect(200);

    read_and_ask(app, &person, &handler, name).await;

    app.planted_results(booking.parse().unwrap(), lab.staff.id).await;

    let paused = app.literal(person.id);
    app.execute(&format!(
        "INSERT INTO booking_pauses (account_id, until, reason_code, created_at) \
         VALUES ({paused}, '2026-11-20 00:00:00+00:00', 'no_show', '2026-11-20 00:00:00+00:00')"
    ))
    .await;

    let (visit, hall) = (app.literal(booking.parse().unwrap()), app.literal(lab.id));
    let scan = app.literal(app.app.ids.id());
    app.execute(&format!(
        "INSERT INTO check_in_scans (lab_id, scan_id, booking_id, outcome, device, scanned_at, \
         synced_by, synced_at) VALUES ({hall}, {scan}, {visit}, 'wrong_day', 'A', \
         '2026-11-20 00:00:00+00:00', {hall}, '2026-11-20 00:00:00+00:00')"
    ))
    .await;
    app.execute(&format!(
        "INSERT INTO booking_reminders (booking_id, kind, created_at) \
         VALUES ({visit}, 'soon', '2026-11-20 00:00:00+00:00')"
    ))
    .await;

    let (lottery, entry) = (app.literal(app.app.ids.id()), app.literal(app.app.ids.id()));
    let (place, member, product) = (app.literal(slot), app.literal(lab.staff.id), say("摇号产品"));
    let at = "'2026-11-20 00:00:00+00:00'";
    app.execute(&format!(
        "INSERT INTO lotteries (id, lab_id, title, status, opens_at, closes_at, needs_confirmation, \
         commitment, created_by, created_at, updated_at) \
         VALUES ({lottery}, {hall}, '摇号', 'settled', {at}, {at}, TRUE, '00', {member}, {at}, {at})"
    ))
    .await;
    app.execute(&format!(
        "INSERT INTO lottery_entries (id, lottery_id, slot_id, account_id, product_name, status, \
         rank, created_at) \
         VALUES ({entry}, {lottery}, {place}, {paused}, '{product}', 'lost', 1, {at})"
    ))
    .await;

    let follow = json!({ "kind": "brand", "value": say("品牌") });
    app.post("/api/v1/me/follows").by(&person).json(follow).send().await.expect(201);
    let (bulletin, reader) = (app.literal(app.app.ids.id()), app.literal(person.id));
    app.execute(&format!(
        "INSERT INTO bulletins (id, kind, status, title, summary, remedy_options, issuing_authority, \
         issued_on, search_text, author_id, created_at, updated_at) \
         VALUES ({bulletin}, 'quality_status', 'draft', '公告', '公告', '[]', '总局', '2026-11-01', \
         '公告', {member}, {at}, {at})"
    ))
    .await;
    app.execute(&format!(
        "INSERT INTO bulletin_notices (bulletin_id, account_id, event_no, first_told_at, told_at) \
         VALUES ({bulletin}, {reader}, 1, {at}, {at})"
    ))
    .await;

    // The settings of tests ask WeChat nothing.
    let (signal, owner) = (app.literal(app.app.ids.id()), app.literal(person.id));
    app.execute(&format!(
        "INSERT INTO risk_signals (id, account_id, scene, status, rank, created_at) \
         VALUES ({signal}, {owner}, 'register', 'ranked', 1, '2026-11-20 00:00:00+00:00')"
    ))
    .await;

    let id = app.literal(app.app.ids.id());
    app.execute(&format!(
        "INSERT INTO account_conflicts (id, kind, account_id, unionid, seen_count, created_at, last_seen_at) \
         VALUES ({id}, 'other_unionid', {owner}, 'another-{name}', 1, '2026-11-20 00:00:00+00:00', \
         '2026-11-20 00:00:00+00:00')"
    ))
    .await;

    let wish = json!({
        "subject_kind": "complaint", "subject_id": closed_complaint,
        "field": "complainant_name", "wish": say("更正"),
    });
    let wish = app.post("/api/v1/me/correction-requests").by(&person).json(wish).send().await;
    let path = "/api/v1/staff/correction-requests";
    let path = format!("{path}/{}/refusal", text(&wish.expect(201)["id"]));
    let reason = json!({ "reason": say("更正理由") });
    app.post(&path).by(&handler).json(reason).send().await.expect(200);

    ask_deletion(app, &person).await.expect(201);
    cancel(app, &person).await.expect(200);
    exported(app, &person).await;
    // Stored answers would be pruned long before the account is erased.
    app.execute("UPDATE idempotency_keys SET expires_at = '2030-01-01 00:00:00+00:00'").await;

    let mut secrets: Vec<String> = [
        "产品",
        "品牌",
        "学校",
        "旧投诉事实",
        "在办投诉",
        "办理意见",
        "更正",
        "更正理由",
        "咨询",
        "答复",
        "追问",
    ]
    .map(say)
    .to_vec();
    secrets.push(format!("{name}的座位"));
    secrets.extend([format!("欧阳{name}"), format!("司马{name}")]);
    secrets.extend([full_name, address, phone.to_owned()]);
    secrets.push(app.wechat().openid(name, appid).as_str().to_owned());
    secrets.push(app.wechat().unionid(name).as_str().to_owned());
    let in_open_case = ["在办投诉", "办理意见"].map(say).to_vec();
    Life { person, ward, waiting, secrets, in_open_case, closed_complaint, open_complaint }
}

/// Keeps and votes, asks, is answered, and asks on.
async fn read_and_ask(app: &TestApp, person: &Person, handler: &Person, name: &str) {
    let say = |what: &str| format!("{name}的{what}说了只有自己知道的事");
    let article = app.article("文章").await;
    let put = |path: String| app.put(&path).by(person);
    put(format!("/api/v1/me/favourites/{article}")).send().await.expect(204);
    let useful = put(format!("/api/v1/articles/{article}/usefulness"));
    useful.json(json!({ "useful": true })).send().await.expect(204);
    let settings = put("/api/v1/me/reader-settings".to_owned());
    settings.json(json!({ "keeps_history": true })).send().await.expect(200);
    let reading = json!({ "article_id": article, "progress": 40 });
    app.post("/api/v1/me/reading").by(person).json(reading).send().await.expect(204);

    let asked = json!({
        "title": "座椅怎么选", "text": say("咨询"), "product_class": "other", "region_code": "110101",
    });
    let asked = app.post("/api/v1/questions").by(person).json(asked).send().await.expect(201);
    let id = text(&asked["id"]);
    let staff = async |action: &str, version: i64, body: serde_json::Value| {
        let post = app.post(&format!("/api/v1/staff/questions/{id}/{action}")).by(handler);
        let post = post.header("if-match", &format!("\"{version}\""));
        post.json(body).send().await.expect(200)["version"].as_i64().unwrap()
    };
    let version = staff("assignment", 0, json!({ "assignee_id": handler.id })).await;
    staff("answer", version, json!({ "text": say("答复") })).await;
    let more = app.post(&format!("/api/v1/questions/{id}/follow-up")).by(person);
    more.json(json!({ "text": say("追问") })).send().await.expect(200);
}
