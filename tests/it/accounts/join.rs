//! One person, two doors: which account a log-in finds.

use chrono::TimeDelta;
use entity::account::AccountStatus;
use futures_util::future::join_all;
use serde_json::json;
use tests::{Person, TestApp, backends, wide_pool};
use wechat::client::official::OauthScope;

use super::{
    H5_LOGIN, elder_and_younger, enter_by_h5, oauth_code, openly, person, send_to_wechat, silently,
    sweep,
};

async fn counts(app: &TestApp) -> [i64; 2] {
    [
        app.count("SELECT COUNT(*) FROM accounts WHERE status <> 'merged'").await,
        app.count("SELECT COUNT(*) FROM wechat_identities").await,
    ]
}

async fn set_status(app: &TestApp, who: &Person, status: AccountStatus) {
    let (id, status) = (app.literal(who.id), status.as_str());
    app.execute(&format!("UPDATE accounts SET status = '{status}' WHERE id = {id}")).await;
    app.app.principals.forget(sanjin::platform::auth::Subject::Resident(who.id));
}

async fn me(app: &TestApp, who: &Person) -> tests::TestResponse {
    app.get("/api/v1/me").by(who).send().await
}

backends! {
    async fn two_doors_with_one_unionid_are_one_account(app) {
        let mini = app.resident("xiaoming").await;
        assert_eq!(openly(app, "xiaoming").await.id, mini.id);
        let page = openly(app, "xiaohong").await;
        assert_eq!(app.resident("xiaohong").await.id, page.id);
        assert_ne!(mini.id, page.id);
        assert_eq!(counts(app).await, [2, 4]);
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs WHERE kind = 'account.finish_merge'").await, 0);
    }

    async fn a_silent_door_is_an_account_of_its_own_until_it_shows_the_unionid(app) {
        let (mini, page) = elder_and_younger(app, "xiaoming").await;
        assert_eq!(silently(app, "xiaoming").await.id, page.id);
        assert_eq!(counts(app).await, [2, 2]);

        let joined = openly(app, "xiaoming").await;
        assert_eq!(joined.id, mini.id, "the elder survives");
        assert_eq!(counts(app).await, [1, 2]);
        // From now on every door leads there, silently, too.
        assert_eq!(silently(app, "xiaoming").await.id, mini.id);
        assert_eq!(app.resident("xiaoming").await.id, mini.id);

        // The younger one's sessions have ended; the elder's go on.
        me(app, &page).await.problem(401, "token_invalid");
        let refresh = json!({ "refresh_token": page.refresh_token });
        app.post("/api/v1/auth/refresh").json(refresh).send().await.problem(401, "refresh_token_invalid");
        me(app, &mini).await.expect(200);
        let ended = "SELECT COUNT(*) FROM login_sessions WHERE revoked_because = 'account_merged'";
        assert_eq!(app.count(ended).await, 2);
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'account.merge'";
        assert_eq!(app.count(audited).await, 1);
        let inbox = app.walk("/api/v1/notifications", Some(&mini), 10).await;
        assert_eq!(inbox[0]["kind"], "account_merged");
        sweep(app).await;
    }

    async fn an_elder_page_survives_a_younger_mini_program(app) {
        let page = silently(app, "xiaoming").await;
        app.advance(TimeDelta::seconds(1));
        let mini = app.resident("xiaoming").await;
        assert_ne!(mini.id, page.id);
        assert_eq!(openly(app, "xiaoming").await.id, page.id);
        assert_eq!(app.resident("xiaoming").await.id, page.id);
        me(app, &mini).await.problem(401, "token_invalid");
        me(app, &page).await.expect(200);
        let merged = format!(
            "SELECT COUNT(*) FROM accounts WHERE status = 'merged' AND merged_into = {} AND unionid IS NULL",
            app.literal(page.id)
        );
        assert_eq!(app.count(&merged).await, 1);
        sweep(app).await;
    }

    async fn a_ban_follows_the_person_through_every_door(app) {
        let (mini, page) = elder_and_younger(app, "xiaoming").await;
        set_status(app, &mini, AccountStatus::Disabled).await;
        me(app, &page).await.expect(200);
        let refused = enter_by_h5(app, "xiaoming", OauthScope::UserInfo).await;
        refused.problem(403, "account_disabled");
        // The merge holds although the log-in was refused.
        me(app, &page).await.problem(401, "token_invalid");
        assert_eq!(counts(app).await, [1, 2]);
        enter_by_h5(app, "xiaoming", OauthScope::Base).await.problem(403, "account_disabled");
        sweep(app).await;
    }

    async fn who_is_about_to_leave_is_not_joined(app) {
        let (mini, page) = elder_and_younger(app, "xiaoming").await;
        set_status(app, &mini, AccountStatus::Closing).await;
        assert_eq!(openly(app, "xiaoming").await.id, page.id);
        assert_eq!(counts(app).await, [2, 2]);
        // Stayed after all: the next log-in joins them.
        set_status(app, &mini, AccountStatus::Active).await;
        assert_eq!(openly(app, "xiaoming").await.id, mini.id);
        sweep(app).await;
    }

    async fn who_has_left_keeps_no_claim_on_the_unionid(app) {
        let mini = app.resident("xiaoming").await;
        set_status(app, &mini, AccountStatus::Deleted).await;
        app.execute("DELETE FROM wechat_identities").await;
        let page = openly(app, "xiaoming").await;
        assert_ne!(page.id, mini.id);
        assert_eq!(app.resident("xiaoming").await.id, page.id);
    }

    async fn a_child_with_a_parents_telephone_is_not_joined_to_the_parent(app) {
        let parent = app.adult("mama").await;
        app.advance(TimeDelta::seconds(1));
        let child = silently(app, "mama").await;
        let declare = app.put("/api/v1/me/age-band").by(&child).json(json!({ "band": "child" }));
        declare.send().await.expect(200);
        assert_eq!(openly(app, "mama").await.id, child.id);
        assert_eq!(app.resident("mama").await.id, parent.id);
        let kinds = "SELECT COUNT(*) FROM account_conflicts WHERE kind = 'minors_differ'";
        assert_eq!(app.count(kinds).await, 1);
        assert_eq!(me(app, &child).await.expect(200)["standing"], "child");
        assert_eq!(me(app, &parent).await.expect(200)["standing"], "adult");
    }

    async fn an_undeclared_door_takes_over_the_age_of_the_other(app) {
        let mini = app.adult("xiaoming").await;
        app.advance(TimeDelta::seconds(1));
        let page = silently(app, "xiaoming").await;
        assert_eq!(me(app, &page).await.expect(200)["standing"], "undeclared");
        let joined = openly(app, "xiaoming").await;
        assert_eq!((joined.id, me(app, &joined).await.expect(200)["standing"].clone()), (mini.id, json!("adult")));
        sweep(app).await;
    }

    async fn what_was_taken_back_later_at_one_door_is_taken_back(app) {
        let mini = app.resident("xiaoming").await;
        let code = app.wechat().mint_phone_code("xiaoming", "13912345678", app.app.wechat.appid());
        let bind = json!({ "code": code.await.unwrap() });
        app.post("/api/v1/me/phone").by(&mini).json(bind).send().await.expect(200);
        app.advance(TimeDelta::seconds(1));
        let page = silently(app, "xiaoming").await;
        app.advance(TimeDelta::seconds(1));
        let body = json!({ "purposes": ["phone"], "channel": "h5" });
        app.post("/api/v1/me/consent-withdrawals").by(&page).json(body).send().await.expect(200);
        // Without new ticks, so that what was decided before is what counts.
        let browser = send_to_wechat(app, "").await;
        let code = oauth_code(app, "xiaoming", OauthScope::UserInfo).await;
        let body = json!({ "code": code, "state": browser.state });
        let login = app.post(H5_LOGIN).header("cookie", &browser.cookie).json(body).send().await;
        let joined = person(&login.expect(200));
        assert_eq!(joined.id, mini.id);
        assert_eq!(me(app, &joined).await.expect(200)["phone"], serde_json::Value::Null);
        let consents = app.get("/api/v1/me/consents").by(&joined).send().await.expect(200);
        let of = |purpose: &str| {
            let items = consents["items"].as_array().unwrap();
            items.iter().find(|item| item["purpose"] == purpose).unwrap()["state"].clone()
        };
        assert_eq!([of("phone"), of("account_basic")], ["withdrawn", "given"]);
        sweep(app).await;
    }

    async fn both_doors_at_once_for_the_first_time_are_one_account(app, config => { wide_pool(config); }) {
        for round in 0..4 {
            let user = format!("user-{round}");
            let mini = (0..4).map(|_| app.resident(&user));
            let page = (0..4).map(|_| openly(app, &user));
            let (mini, page) = futures_util::future::join(join_all(mini), join_all(page)).await;
            let ids: std::collections::HashSet<_> =
                mini.iter().chain(&page).map(|person| person.id).collect();
            assert_eq!(ids.len(), 1, "round {round}");
        }
        assert_eq!(counts(app).await, [4, 8]);
    }

    async fn a_late_unionid_at_many_devices_at_once_merges_once(app, config => { wide_pool(config); }) {
        // Nobody knows a unionid yet: the mini-program was bound to the Open Platform only now.
        let mini = app.resident("xiaoming").await;
        app.execute("UPDATE wechat_identities SET unionid = NULL").await;
        app.execute("UPDATE accounts SET unionid = NULL").await;
        app.advance(TimeDelta::seconds(1));
        silently(app, "xiaoming").await;
        let replies = futures_util::future::join(
            join_all((0..4).map(|_| app.resident("xiaoming"))),
            join_all((0..4).map(|_| enter_by_h5(app, "xiaoming", OauthScope::UserInfo))),
        )
        .await;
        for person in &replies.0 {
            assert_eq!(person.id, mini.id, "the elder is never moved");
        }
        // Whoever came by the page before the mini-program met it was still the younger.
        for reply in &replies.1 {
            person(&reply.expect(200));
        }
        assert_eq!(openly(app, "xiaoming").await.id, mini.id);
        assert_eq!(counts(app).await, [1, 2]);
        let merges = "SELECT COUNT(*) FROM audit_entries WHERE action = 'account.merge'";
        assert_eq!(app.count(merges).await, 1);
        sweep(app).await;
    }

    async fn two_accounts_that_entered_one_lottery_have_one_chance(app) {
        let lab = app.lab("实验室").await;
        let (one, two) = (app.slot(&lab, 48, 1).await, app.slot(&lab, 50, 1).await);
        let (elder, younger) = elder_and_younger(app, "xiaoming").await;
        let at = |minutes| app.now() + TimeDelta::minutes(minutes);
        for (slot, who) in [(one, vec![&elder, &younger]), (two, vec![&younger])] {
            let body = json!({ "title": "摇号", "slot_ids": [slot], "closes_at": at(5) });
            let post = app.post("/api/v1/staff/lotteries").by(&lab.staff).json(body);
            let lottery = post.send().await.expect(201)["id"].clone();
            for person in who {
                let body = json!({ "lottery_id": lottery, "slot_id": slot, "product_name": "玩具" });
                app.post("/api/v1/lottery-entries").by(person).json(body).send().await.expect(201);
            }
        }
        openly(app, "xiaoming").await;
        assert_eq!(app.walk("/api/v1/lottery-entries", Some(&elder), 5).await.len(), 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM lottery_entries WHERE account_id IS NULL").await, 1);
        app.advance(TimeDelta::minutes(5));
        app.drain_jobs().await;
        let mine = app.walk("/api/v1/lottery-entries", Some(&elder), 5).await;
        assert!(mine.iter().all(|entry| entry["status"] == "won"), "{mine:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 2);
        assert_eq!(app.count("SELECT SUM(entries) FROM lotteries").await, 3);
    }
}
