//! The authenticator: set up, asked for, replaced, removed; no code works twice.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::platform::config::SecondFactor;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse, backends, wide_pool};
use uuid::Uuid;

use super::{
    Enrolled, LOGIN, OWN_FACTOR, PASSWORD, SECOND_FACTOR, audited, authenticator, code, login, me,
    pass, person, refresh, settled, ticket, wrong_code,
};

async fn begin(app: &TestApp, who: &Person, body: Value) -> TestResponse {
    app.post(OWN_FACTOR).by(who).json(body).send().await
}

async fn confirm(app: &TestApp, who: &Person, code: &str) -> TestResponse {
    let post = app.post(&format!("{OWN_FACTOR}/confirmation")).by(who);
    post.json(json!({ "code": code })).send().await
}

async fn remove(app: &TestApp, who: &Person, code: &str) -> TestResponse {
    let post = app.post(&format!("{OWN_FACTOR}/removal")).by(who);
    post.json(json!({ "password": PASSWORD, "code": code })).send().await
}

backends! {
    async fn confirm_second_factor_shows_ten_codes_and_ends_other_sessions(app) {
        let id = settled(app, "li.na").await;
        let elsewhere = login(app, "li.na", PASSWORD).await.expect(200);
        let who = person(id, &login(app, "li.na", PASSWORD).await.expect(200));
        let shown = begin(app, &who, json!({ "password": PASSWORD })).await.expect(201);
        let secret = shown["secret"].as_str().unwrap();
        assert_eq!(secret.len(), 32, "160 bits");
        let uri = format!("otpauth://totp/sanjin:li.na?secret={secret}&issuer=sanjin");
        assert_eq!(shown["otpauth_uri"], uri);
        // Nothing has changed yet.
        login(app, "li.na", PASSWORD).await.expect(200)["access_token"].as_str().unwrap();

        let totp = authenticator(&shown);
        let done = confirm(app, &who, &code(app, &totp, 0)).await.expect(200);
        let codes = done["recovery_codes"].as_array().unwrap();
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|code| code.as_str().unwrap().len() == 19), "{codes:?}");
        for gone in [&json!(who.token), &elsewhere["access_token"]] {
            me(app, gone).await.problem(401, "token_invalid");
        }
        refresh(app, &elsewhere["refresh_token"]).await.problem(401, "refresh_token_invalid");
        let own = me(app, &done["access_token"]).await.expect(200);
        assert_eq!((&own["has_second_factor"], &own["recovery_codes_left"]), (&json!(true), &json!(10)));
        assert_eq!(audited(app, "staff.confirm_second_factor").await, 1);
        // Neither the secret nor a recovery code can be read in the database.
        let bytes = String::from_utf8_lossy(totp.secret().as_bytes()).into_owned();
        for hidden in [secret, &bytes, codes[0].as_str().unwrap(), &codes[0].as_str().unwrap().replace('-', "")] {
            assert_eq!(app.tables_with(hidden).await, Vec::<String>::new());
        }
    }

    async fn confirm_second_factor_wants_the_code_of_the_pending_secret_in_time(app) {
        let id = settled(app, "li.na").await;
        let who = person(id, &login(app, "li.na", PASSWORD).await.expect(200));
        confirm(app, &who, "123456").await.problem(409, "second_factor_not_enrolled");
        let first = authenticator(&begin(app, &who, json!({ "password": PASSWORD })).await.expect(201));
        let shown = begin(app, &who, json!({ "password": PASSWORD })).await.expect(201);
        let totp = authenticator(&shown);
        confirm(app, &who, &code(app, &first, 0)).await.problem(422, "second_factor_code_invalid");
        confirm(app, &who, &wrong_code(app, &totp)).await.problem(422, "second_factor_code_invalid");
        confirm(app, &who, "ABCD-EFGH-JKMN-PQRS").await.problem(422, "second_factor_code_invalid");
        app.advance(TimeDelta::seconds(600));
        confirm(app, &who, &code(app, &totp, 0)).await.problem(409, "second_factor_not_enrolled");
        begin(app, &who, json!({ "password": "wrong" })).await.problem(422, "current_password_wrong");
        let shown = begin(app, &who, json!({ "password": PASSWORD })).await.expect(201);
        app.advance(TimeDelta::seconds(40));
        confirm(app, &who, &code(app, &authenticator(&shown), -30)).await.expect(200);
    }

    async fn login_staff_with_an_authenticator_takes_two_steps(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(30));
        let ticket = ticket(app, "li.na").await;
        // A ticket opens nothing by itself, and nothing else is a ticket.
        me(app, &json!(ticket)).await.problem(401, "token_invalid");
        refresh(app, &json!(ticket)).await.problem(401, "refresh_token_invalid");
        for other in [&li_na.who.refresh_token, "x"] {
            pass(app, other, &li_na.code(app)).await.problem(401, "login_ticket_invalid");
        }
        let reply = pass(app, &ticket, &li_na.code(app)).await.expect(200);
        assert_eq!(reply["staff"]["username"], "li.na");
        me(app, &reply["access_token"]).await.expect(200);
        // The session that was there goes on.
        me(app, &json!(li_na.who.token)).await.expect(200);
        // The ticket is used up, also for a code that is fresh.
        app.advance(TimeDelta::seconds(30));
        pass(app, &ticket, &li_na.code(app)).await.problem(401, "login_ticket_invalid");
        assert_eq!(audited(app, "staff.login").await, 2);
        app.refuses_each(|| app.post(SECOND_FACTOR), &json!({ "ticket": "x", "code": "123456" }), [
            ("ticket", json!("")), ("ticket", json!("x".repeat(129))), ("code", json!("12345")),
            ("code", json!("1".repeat(33))), ("code", json!(123456)), ("password", json!("x")),
        ]).await;
    }

    async fn pass_second_factor_takes_a_code_of_a_neighbouring_step_and_none_twice(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        let attempt = async |code: String| pass(app, &ticket(app, "li.na").await, &code).await;
        // The code that proved the enrolment is used up.
        attempt(li_na.code(app)).await.problem(422, "second_factor_code_invalid");
        app.advance(TimeDelta::seconds(60));
        let late = code(app, &li_na.totp, -30);
        attempt(code(app, &li_na.totp, -60)).await.problem(422, "second_factor_code_invalid");
        attempt(code(app, &li_na.totp, 60)).await.problem(422, "second_factor_code_invalid");
        attempt(late.clone()).await.expect(200);
        attempt(late.clone()).await.problem(422, "second_factor_code_invalid");
        attempt(code(app, &li_na.totp, 30)).await.expect(200);
        // What lies before the last one is a replay too.
        attempt(li_na.code(app)).await.problem(422, "second_factor_code_invalid");
        attempt(late).await.problem(422, "second_factor_code_invalid");
    }

    async fn pass_second_factor_counts_codes_and_passwords_together(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(30));
        // The right password before each code does not begin the count anew.
        for _ in 0..3 {
            let ticket = ticket(app, "li.na").await;
            pass(app, &ticket, &wrong_code(app, &li_na.totp)).await.problem(422, "second_factor_code_invalid");
        }
        let open = ticket(app, "li.na").await;
        login(app, "li.na", "wrong").await.problem(401, "credentials_invalid");
        pass(app, &open, "AAAA-AAAA-AAAA-AAAA").await.problem(422, "second_factor_code_invalid");
        let locked = pass(app, &open, &li_na.code(app)).await;
        locked.problem(429, "account_locked");
        assert_eq!(locked.header("retry-after"), "900");
        login(app, "li.na", PASSWORD).await.problem(429, "account_locked");
        assert_eq!(audited(app, "staff.locked_out").await, 1);
        app.advance(TimeDelta::seconds(900));
        let ticket = ticket(app, "li.na").await;
        pass(app, &ticket, &li_na.code(app)).await.expect(200);
    }

    async fn pass_second_factor_with_a_ticket_from_before_is_refused(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        let admin = app.staff(Role::SystemAdmin, "country").await;
        let member = format!("/api/v1/staff/members/{}", li_na.who.id);
        app.advance(TimeDelta::seconds(30));
        let late = ticket(app, "li.na").await;
        app.advance(TimeDelta::seconds(300));
        pass(app, &late, &li_na.code(app)).await.problem(401, "login_ticket_invalid");
        let before = ticket(app, "li.na").await;
        app.delete(&format!("{member}/sessions")).by(&admin).send().await.expect(204);
        pass(app, &before, &li_na.code(app)).await.problem(401, "login_ticket_invalid");
        let disabled = ticket(app, "li.na").await;
        let status = app.put(&format!("{member}/status")).by(&admin);
        status.json(json!({ "status": "disabled" })).send().await.expect(200);
        pass(app, &disabled, &li_na.code(app)).await.problem(401, "login_ticket_invalid");
        app.advance(TimeDelta::hours(2));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_login_tickets").await, 0);
    }

    async fn enrol_second_factor_anew_wants_the_old_one_and_keeps_it_until_the_new_works(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(30));
        begin(app, &li_na.who, json!({ "password": PASSWORD })).await.invalid("code");
        let wrong = json!({ "password": PASSWORD, "code": wrong_code(app, &li_na.totp) });
        begin(app, &li_na.who, wrong).await.problem(422, "second_factor_code_invalid");
        let right = json!({ "password": PASSWORD, "code": li_na.code(app) });
        let new = authenticator(&begin(app, &li_na.who, right).await.expect(201));
        app.advance(TimeDelta::seconds(30));
        let with_old = ticket(app, "li.na").await;
        pass(app, &with_old, &li_na.code(app)).await.expect(200);
        let done = confirm(app, &li_na.who, &code(app, &new, 0)).await.expect(200);
        app.advance(TimeDelta::seconds(30));
        let ticket = ticket(app, "li.na").await;
        pass(app, &ticket, &li_na.code(app)).await.problem(422, "second_factor_code_invalid");
        pass(app, &ticket, &li_na.recovery_codes[0]).await.problem(422, "second_factor_code_invalid");
        pass(app, &ticket, &code(app, &new, 0)).await.expect(200);
        me(app, &done["access_token"]).await.expect(200);
    }

    async fn remove_second_factor_wants_password_and_code(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(30));
        remove(app, &li_na.who, &wrong_code(app, &li_na.totp)).await.problem(422, "second_factor_code_invalid");
        let wrong = json!({ "password": "wrong", "code": li_na.code(app) });
        let post = app.post(&format!("{OWN_FACTOR}/removal")).by(&li_na.who).json(wrong);
        post.send().await.problem(422, "current_password_wrong");
        let tokens = remove(app, &li_na.who, &li_na.code(app)).await.expect(200);
        me(app, &json!(li_na.who.token)).await.problem(401, "token_invalid");
        let own = me(app, &tokens["access_token"]).await.expect(200);
        assert_eq!((&own["has_second_factor"], &own["recovery_codes_left"]), (&json!(false), &json!(0)));
        let who = person(li_na.who.id, &tokens);
        remove(app, &who, "123456").await.problem(409, "second_factor_not_enrolled");
        assert!(login(app, "li.na", PASSWORD).await.expect(200)["access_token"].is_string());
        assert_eq!(audited(app, "staff.remove_second_factor").await, 1);
    }

    async fn a_required_second_factor_comes_before_any_work(app, config => {
        config.auth.second_factor = SecondFactor::Required;
    }) {
        let id = settled(app, "li.na").await;
        let tokens = login(app, "li.na", PASSWORD).await.expect(200);
        assert_eq!(tokens["required_action"], "enrol_second_factor");
        let who = person(id, &tokens);
        let articles = |who: &Person| app.get("/api/v1/staff/articles").by(who).send();
        articles(&who).await.problem(403, "second_factor_enrolment_required");
        app.get("/api/v1/staff/me/sessions").by(&who).send().await.problem(403, "second_factor_enrolment_required");
        let li_na = Enrolled::by(app, &who).await;
        articles(&li_na.who).await.expect(200);
        assert_eq!(me(app, &json!(li_na.who.token)).await.expect(200).get("required_action"), None);
        app.advance(TimeDelta::seconds(30));
        remove(app, &li_na.who, &li_na.code(app)).await.problem(409, "second_factor_mandatory");
    }

    async fn reset_staff_second_factor_is_for_another_and_ends_their_sessions(app) {
        let li_na = Enrolled::of(app, "li.na").await;
        let admin = app.staff(Role::SecurityAdmin, "country").await;
        let reset = |id: Uuid| {
            app.delete(&format!("/api/v1/staff/members/{id}/second-factor")).by(&admin).send()
        };
        reset(admin.id).await.problem(403, "forbidden");
        reset(Uuid::nil()).await.problem(404, "not_found");
        reset(li_na.who.id).await.expect(204);
        me(app, &json!(li_na.who.token)).await.problem(401, "token_invalid");
        assert!(login(app, "li.na", PASSWORD).await.expect(200)["access_token"].is_string());
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_recovery_codes").await, 0);
        assert_eq!(audited(app, "staff.reset_second_factor").await, 1);
    }

    async fn one_code_in_twenty_logins_at_once_opens_one_session(app, config => {
        wide_pool(config);
        config.auth.lockout_attempts = 100;
    }) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(30));
        let mut tickets = Vec::new();
        for _ in 0..20 {
            tickets.push(ticket(app, "li.na").await);
        }
        let shown = li_na.code(app);
        let replies = join_all(tickets.iter().map(|ticket| pass(app, ticket, &shown))).await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19));
        for reply in lost {
            reply.problem(422, "second_factor_code_invalid");
        }
        let open = "SELECT COUNT(*) FROM login_sessions WHERE revoked_at IS NULL";
        assert_eq!(app.count(open).await, 2);
    }

    async fn one_ticket_with_many_good_codes_at_once_opens_one_session(app, config => {
        wide_pool(config);
        config.auth.lockout_attempts = 100;
    }) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(60));
        let ticket = ticket(app, "li.na").await;
        let codes = [-30, 0, 30].map(|off| code(app, &li_na.totp, off));
        let codes: Vec<&String> = codes.iter().chain(&li_na.recovery_codes).collect();
        let replies = join_all(codes.iter().map(|code| pass(app, &ticket, code))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        // A code that came too late for the ticket is not used up.
        let used = "SELECT COUNT(*) FROM staff_recovery_codes WHERE used_at IS NOT NULL";
        assert!(app.count(used).await <= 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM login_sessions WHERE revoked_at IS NULL").await, 2);
    }

    async fn twenty_wrong_codes_at_once_are_looked_at_five_times(app, config => { wide_pool(config); }) {
        let li_na = Enrolled::of(app, "li.na").await;
        app.advance(TimeDelta::seconds(30));
        let ticket = ticket(app, "li.na").await;
        let wrong = wrong_code(app, &li_na.totp);
        let replies = join_all((0..20).map(|_| pass(app, &ticket, &wrong))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 422).count(), 5);
        for reply in replies.iter().filter(|reply| reply.status != 422) {
            reply.problem(429, "account_locked");
        }
        assert_eq!(audited(app, "staff.locked_out").await, 1);
    }

    async fn one_enrolment_confirmed_by_many_at_once_is_confirmed_once(app, config => { wide_pool(config); }) {
        let id = settled(app, "li.na").await;
        let who = person(id, &login(app, "li.na", PASSWORD).await.expect(200));
        let totp = authenticator(&begin(app, &who, json!({ "password": PASSWORD })).await.expect(201));
        let shown = code(app, &totp, 0);
        let replies = join_all((0..8).map(|_| confirm(app, &who, &shown))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM staff_recovery_codes").await, 10);
        assert_eq!(app.count("SELECT COUNT(*) FROM login_sessions WHERE revoked_at IS NULL").await, 1);
    }

    async fn login_staff_says_nothing_of_the_authenticator_before_the_password(app) {
        Enrolled::of(app, "li.na").await;
        let body = json!({ "username": "li.na", "password": "wrong" });
        let problem = app.post(LOGIN).json(body).send().await.problem(401, "credentials_invalid");
        assert!(!problem.to_string().contains("second"));
    }
}
