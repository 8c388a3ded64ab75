//! Old-style encrypted data: opened with the session key that stays here.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse, backends};

use super::silently;

const DATA: &str = "/api/v1/me/wechat-data";
const PHONE: &str = "13912345678";

fn phone() -> Value {
    json!({ "phoneNumber": PHONE, "purePhoneNumber": PHONE, "countryCode": "86" })
}

/// What the button's event holds.
async fn sealed(app: &TestApp, user: &str, fields: Value) -> (String, String) {
    app.wechat().open_data(user, app.app.wechat.appid(), fields).await.unwrap()
}

async fn send(app: &TestApp, who: &Person, (data, iv): &(String, String)) -> TestResponse {
    app.post(DATA).by(who).json(json!({ "encrypted_data": data, "iv": iv })).send().await
}

async fn phones(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM accounts WHERE phone_cipher IS NOT NULL").await
}

backends! {
    async fn bind_phone_from_wechat_data_binds_the_phone(app) {
        let person = app.resident("xiaoming").await;
        let reply = send(app, &person, &sealed(app, "xiaoming", phone()).await).await;
        assert_eq!(reply.expect(200)["phone"], "139****5678");
        assert_eq!(app.tables_with(PHONE).await, Vec::<String>::new());
        let foreign = json!({ "phoneNumber": "85261234567", "purePhoneNumber": "61234567", "countryCode": "852" });
        let reply = send(app, &person, &sealed(app, "xiaoming", foreign).await).await;
        assert_eq!(reply.expect(200)["phone"], "+85*****4567");
    }

    async fn bind_phone_from_wechat_data_under_an_older_key_asks_to_log_in(app) {
        let person = app.resident("xiaoming").await;
        let old = sealed(app, "xiaoming", phone()).await;
        let again = app.resident("xiaoming").await;
        send(app, &person, &old).await.problem(409, "wechat_session_stale");
        let fresh = sealed(app, "xiaoming", phone()).await;
        send(app, &again, &fresh).await.expect(200);
        // A stranger's data opens under his own key alone.
        let stranger = app.resident("xiaohong").await;
        send(app, &stranger, &fresh).await.problem(409, "wechat_session_stale");
        // By an H5 page there is no session key.
        let page = silently(app, "xiaolan").await;
        send(app, &page, &fresh).await.problem(409, "wechat_session_stale");
        assert_eq!(phones(app).await, 1);
    }

    async fn bind_phone_from_wechat_data_of_another_app_or_time_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let now = app.now().timestamp();
        let mark = |appid: &str, at: i64| {
            let mut fields = phone();
            fields["watermark"] = json!({ "appid": appid, "timestamp": at });
            fields
        };
        let own = app.app.wechat.appid().to_owned();
        for fields in [
            mark("wxffffffffffffffff", now), mark(&own, now - 301), mark(&own, now + 301),
            mark(&own, i64::MAX),
        ] {
            let data = sealed(app, "xiaoming", fields).await;
            send(app, &person, &data).await.problem(422, "wechat_data_invalid");
        }
        let data = sealed(app, "xiaoming", phone()).await;
        app.advance(TimeDelta::seconds(301));
        send(app, &person, &data).await.problem(422, "wechat_data_invalid");
        assert_eq!(phones(app).await, 0);
    }

    async fn bind_phone_from_wechat_data_that_was_tampered_with_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let (data, iv) = sealed(app, "xiaoming", phone()).await;
        let mut other = data.clone().into_bytes();
        let last = other.len() - 8;
        other[last] = if other[last] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).unwrap();
        let reply = send(app, &person, &(other, iv.clone())).await;
        assert!(matches!(reply.status.as_u16(), 409 | 422), "{}", reply.text());
        for (data, iv) in [
            ("%%%".to_owned(), iv.clone()), (data.clone(), "%%%".to_owned()),
            (data.clone(), "AAAA".to_owned()),
        ] {
            send(app, &person, &(data, iv)).await.problem(422, "wechat_data_invalid");
        }
        send(app, &person, &("AAAA".to_owned(), iv.clone())).await.problem(409, "wechat_session_stale");
        for fields in [
            json!({}), json!({ "openId": "o" }),
            json!({ "purePhoneNumber": "call me", "countryCode": "86" }),
            json!({ "purePhoneNumber": "1".repeat(21), "countryCode": "86" }),
            json!({ "purePhoneNumber": PHONE, "countryCode": "" }),
            json!({ "purePhoneNumber": 13, "countryCode": "86" }),
        ] {
            let data = sealed(app, "xiaoming", fields).await;
            send(app, &person, &data).await.problem(422, "wechat_data_invalid");
        }
        app.refuses_each(|| app.post(DATA).by(&person), &json!({ "encrypted_data": data, "iv": iv }), [
            ("encrypted_data", json!("")), ("encrypted_data", json!("A".repeat(4097))),
            ("iv", json!("")), ("iv", json!("A".repeat(65))), ("session_key", json!("x")),
        ]).await;
        assert_eq!(phones(app).await, 0);
    }
}
