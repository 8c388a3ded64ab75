//! Making, reading and previewing plans: limits, scope, versions.

use serde_json::{Value, json};
use tests::{Role, backends, plan_rule, with};
use uuid::Uuid;

use super::{PLANS, changed_to, id, plan, post_plan, put, read, slots};

backends! {
    async fn create_plan_shows_it_to_its_lab(app) {
        let lab = app.lab("甲实验室").await;
        let reply = post_plan(app, &lab.staff, &lab, plan_rule()).await;
        assert_eq!(reply.header("etag"), "\"0\"");
        let made = reply.expect(201);
        assert_eq!([&made["status"], &made["rule"]["rrule"]], ["active", "FREQ=WEEKLY;BYDAY=TU,TH"]);
        assert_eq!(made["change"], Value::Null);
        assert_eq!(read(app, &lab.staff, id(&made)).await, made);
        let filter = format!("{PLANS}?service_id={}&status=active", lab.service_id);
        assert_eq!(app.walk(&filter, Some(&lab.staff), 1).await, [made]);
        assert!(app.walk(&format!("{PLANS}?status=ended"), Some(&lab.staff), 1).await.is_empty());
        app.refuses_bad_pages(PLANS, Some(&lab.staff)).await;
        app.drain_jobs().await;
    }

    async fn preview_plan_shows_what_it_would_give_and_stores_nothing(app) {
        let lab = app.lab("甲实验室").await;
        // Tuesday, 09:00 in China.
        app.slot(&lab, 4 * 24 - 1, 1).await;
        let body = json!({ "service_id": lab.service_id, "rule": plan_rule() });
        let path = "/api/v1/staff/plan-previews";
        let seen = app.post(path).by(&lab.staff).json(body.clone()).send().await.expect(200);
        assert_eq!(seen["slots_total"], 16);
        let first = &seen["slots"][0];
        assert_eq!([&first["starts_at"], &first["is_taken"]], [&json!("2026-11-24T01:00:00Z"), &json!(true)]);
        let times: Vec<_> = (1..4).map(|n| seen["slots"][n]["starts_at"].as_str().unwrap()).collect();
        assert_eq!(times, ["2026-11-24T02:15:00Z", "2026-11-24T06:00:00Z", "2026-11-24T07:15:00Z"]);
        assert_eq!(seen["slots"][1]["is_taken"], false);
        assert_eq!(app.count("SELECT COUNT(*) FROM slots").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM plans").await, 0);
        let other = app.lab("乙实验室").await;
        app.post(path).by(&other.staff).json(body).send().await.problem(404, "not_found");
    }

    async fn create_plan_with_a_wrong_field_is_refused(app) {
        let lab = app.lab("甲实验室").await;
        let rule = with(&plan_rule(), "blackout_dates", json!(["2026-12-01"]));
        let body = json!({ "service_id": lab.service_id, "title": "周计划", "rule": rule });
        app.refuses_each(|| app.post(PLANS).by(&lab.staff), &body, [
            ("title", json!("周")), ("title", json!("两\n行")), ("service_id", json!("x")),
            ("rule.rrule", json!("FREQ=SECONDLY")), ("rule.rrule", json!("FREQ=MINUTELY;BYDAY=MO")),
            ("rule.rrule", json!("FREQ=DAILY;COUNT=4000000000")),
            ("rule.rrule", json!("FREQ=DAILY;BYHOUR=1,2,3,4,5,6")),
            ("rule.rrule", json!(format!("FREQ=MONTHLY;BYMONTHDAY=1{}", ",1".repeat(100)))),
            ("rule.rrule", json!("DTSTART:20260101T000000Z")), ("rule.rrule", json!("")),
            ("rule.starts_on", json!("2026-02-31")), ("rule.starts_on", json!("2020-01-01")),
            ("rule.ends_on", json!("2026-11-19")), ("rule.windows", json!([])),
            ("rule.windows[0].from", json!("9:00")), ("rule.windows[0].to", json!("24:01")),
            ("rule.windows", json!([{ "from": "09:00", "to": "09:00" }])),
            ("rule.windows", json!([{ "from": "09:00", "to": "11:00" }, { "from": "10:00", "to": "12:00" }])),
            ("rule.slot_minutes", json!(4)), ("rule.slot_minutes", json!(151)),
            ("rule.buffer_minutes", json!(-1)), ("rule.capacity", json!(0)), ("rule.reserved_units", json!(3)),
            ("rule.horizon_days", json!(181)), ("rule.notice_minutes", json!(-1)),
            ("rule.district_first_minutes", json!(60)), ("rule.price", json!(1)),
            ("rule.extra_dates", json!(vec!["2026-12-01"; 101])), ("rule.blackout_dates[0]", json!("tomorrow")),
        ]).await;
        let refused = async |rule: Value| post_plan(app, &lab.staff, &lab, rule).await;
        let early = json!({ "days_before": 200, "at": "08:00" });
        refused(with(&plan_rule(), "release", early)).await.invalid("rule.release.days_before");
        let never = with(&plan_rule(), "rrule", json!("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31"));
        refused(never).await.problem(422, "plan_never_happens");
        // The first Tuesday comes after the end.
        let never = with(&plan_rule(), "ends_on", json!("2026-11-23"));
        refused(never).await.problem(422, "plan_never_happens");
        let mut huge = with(&plan_rule(), "rrule", json!("FREQ=DAILY"));
        huge["windows"] = json!([{ "from": "00:00", "to": "24:00" }]);
        (huge["slot_minutes"], huge["buffer_minutes"], huge["horizon_days"]) = (json!(5), json!(0), json!(180));
        refused(huge).await.problem(422, "plan_too_large");
        assert_eq!(app.count("SELECT COUNT(*) FROM plans").await, 0);
    }

    async fn plans_of_another_lab_do_not_exist(app) {
        let (lab, other) = (app.lab("甲实验室").await, app.lab("乙实验室").await);
        post_plan(app, &other.staff, &lab, plan_rule()).await.problem(404, "not_found");
        let admin = app.staff(Role::HqAdmin, "country").await;
        post_plan(app, &admin, &lab, plan_rule()).await.problem(403, "forbidden");
        let plan = plan(app, &lab, plan_rule()).await;
        for id in [plan, Uuid::nil()] {
            let path = format!("{PLANS}/{id}");
            app.get(&path).by(&other.staff).send().await.problem(404, "not_found");
            put(app, &other.staff, id, 0, changed_to(plan_rule(), "cancel")).await.problem(404, "not_found");
            let body = json!({ "status": "active", "rule": plan_rule() });
            let preview = app.post(&format!("{path}/change-preview")).by(&other.staff).json(body);
            preview.send().await.problem(404, "not_found");
        }
        assert!(app.walk(PLANS, Some(&other.staff), 5).await.is_empty());
        assert_eq!(slots(app).await.len(), 16);
    }

    async fn update_plan_needs_the_version_and_waits_for_the_change_before(app) {
        let lab = app.lab("甲实验室").await;
        let plan = plan(app, &lab, plan_rule()).await;
        let path = format!("{PLANS}/{plan}");
        let body = changed_to(plan_rule(), "keep");
        let bare = app.put(&path).by(&lab.staff).json(body.clone()).send().await;
        bare.problem(428, "precondition_required");
        put(app, &lab.staff, plan, 1, body.clone()).await.problem(412, "stale_version");
        let done = put(app, &lab.staff, plan, 0, body.clone()).await;
        assert_eq!(done.header("etag"), "\"1\"");
        assert_eq!(done.expect(200)["change"]["is_running"], true);
        put(app, &lab.staff, plan, 1, body.clone()).await.problem(409, "plan_changing");
        app.drain_jobs().await;
        let after = read(app, &lab.staff, plan).await;
        assert_eq!([&after["change"]["is_running"], &after["version"]], [&json!(false), &json!(1)]);
        put(app, &lab.staff, plan, 0, body).await.problem(412, "stale_version");
        let silent = with(&changed_to(plan_rule(), "move"), "reason", Value::Null);
        put(app, &lab.staff, plan, 1, silent).await.invalid("reason");
        let refused = changed_to(with(&plan_rule(), "rrule", json!("FREQ=HOURLY")), "keep");
        put(app, &lab.staff, plan, 1, refused).await.invalid("rule.rrule");
        assert_eq!(read(app, &lab.staff, plan).await, after);
    }
}
