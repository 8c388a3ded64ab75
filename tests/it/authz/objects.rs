//! The other half of the matrix: whose object it is. Every operation whose path names an object is
//! asked by its owner and by a stranger, by staff inside and outside their scope; every list is
//! searched for what is somebody else's. The path tells what an id names, so a new operation under
//! a known path is covered from its first day, and one under a new path fails until it is named.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use sanjin::platform::auth::perm;
use serde_json::{Value, json};
use tests::{
    Crew, Operation, Person, Role, Spec, TestApp, TestResponse, backends, complaint_body, jpeg,
    plan_rule, quiz_body,
};
use uuid::Uuid;

/// Who may reach an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// A resident's own.
    Owner,
    /// One member of staff's own.
    Member,
    /// Staff of its lab, region or point.
    Scoped,
    /// Whoever holds the permission, or everybody.
    Common,
}

/// What the first id after a path's beginning names. The longest beginning counts.
const OBJECTS: &[(&str, Whose, &str)] = &[
    ("/attempts/", Whose::Owner, "attempt"),
    ("/bookings/", Whose::Owner, "booking"),
    ("/classes/", Whose::Owner, "class"),
    ("/complaints/", Whose::Owner, "complaint"),
    ("/lottery-entries/", Whose::Owner, "lottery_entry"),
    ("/me/exports/", Whose::Owner, "export"),
    ("/me/follows/", Whose::Owner, "follow"),
    ("/me/sessions/", Whose::Owner, "session"),
    ("/me/wards/", Whose::Owner, "ward"),
    ("/media/uploads/", Whose::Owner, "file"),
    ("/notifications/", Whose::Owner, "notification"),
    ("/questions/", Whose::Owner, "question"),
    ("/articles/", Whose::Common, ""),
    ("/faqs/", Whose::Common, ""),
    // The article; the row is always one's own.
    ("/me/articles/", Whose::Common, ""),
    ("/me/favourites/", Whose::Common, ""),
    ("/me/reading/", Whose::Common, ""),
    ("/p/", Whose::Common, ""),
    // A link is its own proof.
    ("/article-previews/", Whose::Common, ""),
    // An address is its own proof.
    ("/calendars/", Whose::Common, ""),
    ("/availability/", Whose::Common, ""),
    ("/campaigns/", Whose::Common, ""),
    ("/bulletins/", Whose::Common, ""),
    ("/covers/", Whose::Common, ""),
    // A ticket is its own proof.
    ("/exports/", Whose::Common, ""),
    ("/feeds/", Whose::Common, ""),
    ("/labs/", Whose::Common, ""),
    ("/lotteries/", Whose::Common, ""),
    ("/media/files/", Whose::Common, ""),
    ("/privacy/notices/", Whose::Common, ""),
    ("/quizzes/", Whose::Common, ""),
    ("/regions/", Whose::Common, ""),
    // A link is its own proof, and a code tells nothing of a person.
    ("/report-files/", Whose::Common, ""),
    ("/reports/", Whose::Common, ""),
    ("/slots/", Whose::Common, ""),
    ("/stops/", Whose::Common, ""),
    ("/staff/account-conflicts/", Whose::Common, ""),
    ("/staff/accounts/", Whose::Common, ""),
    ("/staff/articles/", Whose::Common, ""),
    ("/staff/audit-entries/", Whose::Common, ""),
    ("/staff/audit-exports/", Whose::Common, ""),
    ("/staff/bookings/", Whose::Scoped, "booking"),
    // Whose import it is stands in `bulletins::import`.
    ("/staff/bulletin-imports/", Whose::Common, ""),
    // Of regions, too, for roles of an administrator's own; the built-in editors are everywhere.
    ("/staff/bulletins/", Whose::Common, ""),
    ("/staff/calendar-feeds/", Whose::Scoped, "feed"),
    ("/staff/campaigns/", Whose::Scoped, "campaign"),
    ("/staff/complaints/", Whose::Scoped, "complaint"),
    ("/staff/correction-requests/", Whose::Scoped, "correction"),
    ("/staff/dead-jobs/", Whose::Common, ""),
    ("/staff/exports/", Whose::Member, "sheet"),
    ("/staff/lab-profiles/", Whose::Scoped, "lab"),
    ("/staff/faqs/", Whose::Common, ""),
    // Headquarters, for the whole country.
    ("/staff/labs/", Whose::Common, ""),
    ("/staff/lotteries/", Whose::Scoped, "lottery"),
    ("/staff/me/sessions/", Whose::Member, "staff_session"),
    ("/staff/media/files/", Whose::Common, ""),
    // Whose ticket it is stands in `media::upload`.
    ("/staff/media/uploads/", Whose::Common, ""),
    ("/staff/members/", Whose::Common, ""),
    ("/staff/monitoring-points/", Whose::Scoped, "point"),
    ("/staff/plans/", Whose::Scoped, "plan"),
    ("/staff/poster-codes/", Whose::Common, ""),
    ("/staff/questions/", Whose::Scoped, "question"),
    ("/staff/quizzes/", Whose::Common, ""),
    ("/staff/restricted-records/", Whose::Common, ""),
    ("/staff/roles/", Whose::Common, ""),
    ("/staff/samples/", Whose::Scoped, "sample"),
    ("/staff/search/synonyms/", Whose::Common, ""),
    ("/staff/slots/", Whose::Scoped, "slot"),
    ("/staff/stops/", Whose::Scoped, "stop"),
    // Headquarters, for the whole country.
    ("/staff/supervised-bookings/", Whose::Common, ""),
    // Of regions, too, for roles of an administrator's own; the built-in reviewers are everywhere.
    ("/staff/text-reviews/", Whose::Common, ""),
];

/// A body that passes the shape, where an operation needs one.
fn body(operation: &Operation, ids: &BTreeMap<&'static str, Uuid>) -> Value {
    match operation.id.as_str() {
        "answer_question" => json!({ "text": "请看标志。" }),
        "follow_up_question" => json!({ "text": "还有一点不明白。" }),
        "rate_answer" => json!({ "rating": 5 }),
        "reject_question" => json!({ "reason": "unclear" }),
        "give_complaint_consents" => json!({ "version": "general-1", "purposes": ["publish"] }),
        "withdraw_complaint_consents" => json!({ "purposes": ["publish"] }),
        "set_ward_age_band" => json!({ "band": "child", "turns_next_in": "2028-11" }),
        "answer_item" => json!({ "choices": ["a"], "seq": 1 }),
        "disclose_complainant" => json!({ "reason": "mediation" }),
        "disclose_visitors" => json!({ "reason": "contact_visitor" }),
        "refuse_complaint" => json!({ "ground": 1, "note": "材料不全，请补充。" }),
        "refuse_correction" => json!({ "reason": "证明不足" }),
        "reject_booking" => json!({ "reason": "设备检修" }),
        "request_booking" => json!({ "product_name": "玩具" }),
        "reschedule_booking" => json!({ "slot_id": ids["slot"] }),
        "set_attendance" => json!({ "absent": [] }),
        "undo_no_show" => json!({ "reason": "已到场" }),
        "cancel_lab_booking" => json!({ "reason_code": "site_closed", "reason": "设备检修" }),
        "register_sample" => json!({ "product_name": "玩具" }),
        "move_sample" => json!({ "to": "in_testing" }),
        "publish_report" => json!({ "media_id": Uuid::nil(), "items": [finding()] }),
        "correct_report" => {
            json!({ "media_id": Uuid::nil(), "items": [finding()], "reason": "单位写错" })
        }
        "withdraw_report" => json!({ "reason": "样品弄错" }),
        "rate_booking" => json!({ "overall": 5, "attitude": 5, "speed": 4, "clarity": 3 }),
        "set_parcel_number" => json!({ "parcel_number": "SF1234567890123" }),
        "update_lab_profile" => json!({ "address": "示范路 1 号", "phone": "12315" }),
        "set_lab_capabilities" => json!({ "capabilities": [] }),
        "create_accreditation" | "replace_accreditation" => json!({
            "kind": "cma", "certificate_number": "A-1", "issued_on": "2026-01-01",
            "valid_until": "2030-01-01",
        }),
        "update_lab_service" => json!({ "name": "检测" }),
        "set_lab_service_status" => json!({ "status": "open" }),
        "update_campaign" => campaign(),
        "update_stop" => stop_hours(json!({})),
        "cancel_stop" => json!({ "reason_code": "site_closed", "reason": "场地关闭" }),
        "update_plan" => json!({ "title": "周二", "status": "active", "rule": plan_rule() }),
        "preview_plan_change" => json!({ "status": "active", "rule": plan_rule() }),
        "set_monitoring_point_status" => json!({ "status": "active" }),
        _ => json!({}),
    }
}

fn finding() -> Value {
    json!({
        "sample_id": Uuid::nil(), "item": "小零件", "standard": "GB 6675.2-2014", "value": "无",
        "verdict": "pass",
    })
}

fn campaign() -> Value {
    json!({
        "kind": "three_entries", "year": 2026, "title": "三进", "theme": "质量安全进万家",
        "region_code": "110101", "starts_on": "2026-09-01", "ends_on": "2026-09-30",
    })
}

/// A stop on the second day of the tests, of whatever lab `whose` says.
fn stop_hours(whose: Value) -> Value {
    let mut stop = json!({
        "kind": "campus", "name": "甲小学", "region_code": "110101", "address": "示范路 1 号",
        "starts_at": "2026-11-21T02:00:00Z", "ends_at": "2026-11-21T08:00:00Z",
    });
    stop.as_object_mut().unwrap().extend(whose.as_object().unwrap().clone());
    stop
}

/// Everything that has an owner or a place.
struct Estate {
    ids: BTreeMap<&'static str, Uuid>,
    owner: Person,
    stranger: Person,
    inside: Crew,
    /// Holds the same roles elsewhere.
    outside: Person,
}

impl Estate {
    async fn of(app: &TestApp) -> Self {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        let inside = app.crew(&lab).await;
        let elsewhere = format!("lab:{}", other.id);
        let outside = app
            .staff_with(&[
                (Role::LabStaff, elsewhere.as_str()),
                (Role::CaseHandler, "region:31"),
                (Role::ProvinceReporter, "region:31"),
            ])
            .await;
        let content = perm::STAFF.iter().map(|info| info.name);
        let content: Vec<_> = content
            .filter(|name| name.starts_with("campaign.") || name.starts_with("question."))
            .collect();
        app.local_role(&outside, "region:31", &content).await;
        let (owner, stranger) = (app.teacher("owner").await, app.teacher("stranger").await);
        let mut ids = BTreeMap::new();
        ids.insert("staff_session", app.staff_session(&inside.business).await);
        ids.insert("class", app.class(&owner, 3).await.id);
        app.ward("child", &owner).await;
        let wards = app.walk("/api/v1/me/wards", Some(&owner), 5).await;
        ids.insert("ward", wards[0]["id"].as_str().unwrap().parse().unwrap());
        let slot = app.slot(&lab, 48, 3).await;
        ids.insert("slot", slot);
        ids.insert("booking", app.booking(&owner, slot).await);
        ids.insert("sample", app.planted_sample(ids["booking"], inside.business.id).await);
        ids.insert("lab", lab.id);
        let create = async |path: &str, who: &Person, body: Value| {
            let reply = app.post(&format!("/api/v1{path}")).by(who).json(body).send().await;
            let id: Uuid = reply.expect(201)["id"].as_str().unwrap().parse().unwrap();
            id
        };
        let drawn = app.slot(&lab, 50, 3).await;
        let lottery = json!({
            "title": "摇号", "slot_ids": [drawn], "closes_at": app.now() + TimeDelta::hours(1),
        });
        let lottery = create("/staff/lotteries", &inside.business, lottery).await;
        ids.insert("lottery", lottery);
        let entry = json!({ "lottery_id": lottery, "slot_id": drawn, "product_name": "玩具" });
        ids.insert("lottery_entry", create("/lottery-entries", &owner, entry).await);
        // Its ticket is used up, which its owner is told and nobody else.
        let file = app.evidence(&owner, "image/jpeg", &jpeg(9, 9)).await;
        ids.insert("file", file.as_str().unwrap().parse().unwrap());
        let complaint = create("/complaints", &owner, complaint_body()).await;
        ids.insert("complaint", complaint);
        let question = json!({
            "title": "座椅怎么选", "text": "三岁的孩子应该选哪一种座椅？",
            "product_class": "maternal_elderly_disabled", "region_code": "110101",
        });
        ids.insert("question", create("/questions", &owner, question).await);
        let correction = json!({
            "subject_kind": "complaint", "subject_id": complaint, "field": "complainant_name",
            "wish": "王晓明",
        });
        ids.insert("correction", create("/me/correction-requests", &owner, correction).await);
        ids.insert("export", create("/me/exports", &owner, json!({})).await);
        let follow = json!({ "kind": "brand", "value": "好孩" });
        ids.insert("follow", create("/me/follows", &owner, follow).await);
        let point = json!({
            "name": "甲小学", "kind": "school", "region_code": "110101", "address": "示范路 1 号",
        });
        ids.insert("point", create("/staff/monitoring-points", &inside.business, point).await);
        let feed = json!({ "lab_id": lab.id, "label": "前台" });
        ids.insert("feed", create("/staff/calendar-feeds", &inside.business, feed).await);
        let days = json!({ "from": "2026-11-01", "to": "2026-11-30" });
        let sheet = app.post("/api/v1/staff/exports").by(&inside.business).json(days).send().await;
        ids.insert("sheet", sheet.expect(202)["id"].as_str().unwrap().parse().unwrap());
        let stop = stop_hours(json!({ "lab_id": lab.id }));
        ids.insert("stop", create("/staff/stops", &inside.business, stop).await);
        let plan = json!({ "service_id": lab.service_id, "title": "周二", "rule": plan_rule() });
        ids.insert("plan", create("/staff/plans", &inside.business, plan).await);
        ids.insert("campaign", create("/staff/campaigns", &inside.business, campaign()).await);
        let quiz = create("/staff/quizzes", &inside.business, quiz_body()).await;
        let publish = app.post(&format!("/api/v1/staff/quizzes/{quiz}/publication"));
        publish.by(&inside.business).send().await.expect(200);
        let attempts = format!("/quizzes/{quiz}/attempts");
        ids.insert("attempt", create(&attempts, &owner, json!({})).await);
        app.pending_notifications(owner.id, 1).await;
        app.drain_jobs().await;
        let notices = app.walk("/api/v1/notifications", Some(&owner), 5).await;
        ids.insert("notification", notices[0]["id"].as_str().unwrap().parse().unwrap());
        let sessions = app.walk("/api/v1/me/sessions", Some(&owner), 5).await;
        ids.insert("session", sessions[0]["id"].as_str().unwrap().parse().unwrap());
        Self { ids, owner, stranger, inside, outside }
    }
}

/// What the first id of a path names.
fn object(operation: &Operation) -> Option<(Whose, &'static str)> {
    let path = operation.path.strip_prefix("/api/v1").unwrap_or(&operation.path);
    let (before, _) = path.split_once('{')?;
    let known = OBJECTS.iter().filter(|(start, ..)| before == *start);
    let (_, whose, what) = known.max_by_key(|(start, ..)| start.len()).unwrap_or_else(|| {
        panic!("{}: say in OBJECTS what {before}… names and whose it is", operation.id)
    });
    Some((*whose, what))
}

async fn ask(
    app: &TestApp,
    estate: &Estate,
    operation: &Operation,
    who: &Person,
    id: Uuid,
) -> TestResponse {
    let mut is_first = true;
    let path: Vec<String> = operation
        .path
        .split('/')
        .map(|part| match part.starts_with('{') {
            true if std::mem::take(&mut is_first) => id.to_string(),
            true => Uuid::nil().to_string(),
            false => part.to_owned(),
        })
        .collect();
    let required = operation.parameters.iter().filter(|parameter| parameter["required"] == true);
    let queries: Vec<String> = required
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| format!("{}={}", parameter["name"].as_str().unwrap(), Uuid::nil()))
        .collect();
    let path = format!("{}?{}", path.join("/"), queries.join("&"));
    let path = path.trim_end_matches('?');
    let request = app.request(operation.method.parse().unwrap(), path).by(who);
    let request = request.header("if-match", "\"0\"");
    let request = if operation.method == "GET" {
        request
    } else {
        request.json(body(operation, &estate.ids))
    };
    request.send().await
}

backends! {
    async fn every_object_is_reached_by_whom_it_concerns_and_by_nobody_else(app) {
        let estate = Estate::of(app).await;
        let operations = || Spec::shared().operations.iter();
        let named: Vec<_> = operations().filter_map(|o| Some((o, object(o)?))).collect();
        // First those who may not, as what an owner does changes the object.
        for (operation, (whose, what)) in &named {
            let Some(id) = estate.ids.get(what) else { continue };
            let who = match whose {
                Whose::Owner => &estate.stranger,
                Whose::Member | Whose::Scoped => &estate.outside,
                Whose::Common => unreachable!("nobody is a stranger to it"),
            };
            let reply = ask(app, &estate, operation, who, *id).await;
            assert_eq!(reply.status, 404, "{} of {whose:?}: {}", operation.id, reply.text());
        }
        for (operation, (whose, what)) in &named {
            let Some(id) = estate.ids.get(what) else { continue };
            let has_part = operation.path.matches('{').count() > 1;
            let who = match (whose, &operation.security) {
                (Whose::Member, _) => &estate.inside.business,
                (Whose::Scoped, Some((_, permission))) => estate.inside.who_may(permission),
                _ => &estate.owner,
            };
            let reply = ask(app, &estate, operation, who, *id).await;
            let is_served = reply.status != 404 && reply.status != 422 && reply.status != 403;
            assert!(is_served || has_part, "{} is not proven: {}", operation.id, reply.text());
        }
        app.drain_jobs().await;
    }

    async fn every_list_keeps_to_itself_what_is_somebody_elses(app) {
        let estate = Estate::of(app).await;
        let mut lists = 0;
        let is_list = |o: &&Operation| o.method == "GET" && !o.path.contains('{');
        for operation in Spec::shared().operations.iter().filter(is_list) {
            let who = match &operation.security {
                None => None,
                Some((audience, _)) if audience == "resident" => Some(&estate.stranger),
                Some(_) => Some(&estate.outside),
            };
            let request = app.get(&operation.path);
            let reply = match who {
                Some(who) => request.by(who).send().await,
                None => request.send().await,
            };
            if !reply.status.is_success() {
                continue;
            }
            lists += 1;
            for (what, id) in &estate.ids {
                // Labs, their slots, stops and lotteries are for everybody to see.
                let is_public = match *what {
                    "lab" => {
                        ["get_home", "list_labs", "list_slots", "list_stops", "list_lotteries"]
                            .contains(&&*operation.id)
                    }
                    "slot" => ["get_home", "list_slots"].contains(&&*operation.id),
                    "stop" => ["get_home", "list_stops"].contains(&&*operation.id),
                    "lottery" => ["list_slots", "list_lotteries"].contains(&&*operation.id),
                    _ => false,
                };
                let is_there = reply.text().contains(&id.to_string());
                assert!(is_public || !is_there, "{} shows a {what}", operation.id);
            }
        }
        assert!(lists >= 10);
    }
}
