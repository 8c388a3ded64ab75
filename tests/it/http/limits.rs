//! How much and how often.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tests::{Config, Role, TestApp, TestResponse, backends, complaint_body, limit, raw_http, with};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A busy machine must not make Redis look lost, or the limits are counted anew.
fn patient(config: &mut Config) {
    config.kv.timeout_ms = 10_000;
}

/// A write that anybody may try, from behind a proxy that says it comes from `client`.
async fn write_from(app: &TestApp, client: &str) -> TestResponse {
    let post = app.post("/api/v1/auth/refresh").json(json!({ "refresh_token": "x" }));
    post.header("x-forwarded-for", client).send().await
}

/// Fails unless the limit said no, and tells after how many seconds to come back.
fn seconds_to_wait(reply: &TestResponse) -> i64 {
    reply.problem(429, "rate_limited");
    reply.header("retry-after").parse().unwrap()
}

backends! {
    async fn writes_of_an_address_are_limited_until_time_passes(
        app, config => { patient(config); limit(config, "address_writes", 3); }
    ) {
        for _ in 0..3 {
            write_from(app, "").await.problem(401, "refresh_token_invalid");
        }
        let wait = seconds_to_wait(&write_from(app, "").await);
        assert!((1..=20).contains(&wait), "{wait}");
        // Reading is not limited by it.
        for _ in 0..5 {
            app.get("/api/v1/articles").send().await.expect(200);
        }
        app.advance(TimeDelta::seconds(wait));
        write_from(app, "").await.problem(401, "refresh_token_invalid");
        seconds_to_wait(&write_from(app, "").await);
        app.advance(TimeDelta::seconds(60));
        for _ in 0..3 {
            write_from(app, "").await.problem(401, "refresh_token_invalid");
        }
        seconds_to_wait(&write_from(app, "").await);
    }

    async fn writes_of_an_account_are_limited_each_for_itself(
        app, config => { patient(config); limit(config, "account_writes", 2); }
    ) {
        let (a, b) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let editor = app.staff(Role::Editor, "country").await;
        let write = |who: &tests::Person| app.patch("/api/v1/me").by(who).json(json!({})).send();
        for _ in 0..2 {
            write(&a).await.expect(200);
        }
        let wait = seconds_to_wait(&write(&a).await);
        write(&b).await.expect(200);
        let article = json!({ "title": "题", "body_markdown": "文", "category": "knowledge" });
        app.post("/api/v1/staff/articles").by(&editor).json(article).send().await.expect(201);
        app.get("/api/v1/me").by(&a).send().await.expect(200);
        app.advance(TimeDelta::seconds(wait));
        write(&a).await.expect(200);
    }

    async fn logins_of_an_address_are_limited_before_wechat_is_asked(
        app, config => { patient(config); limit(config, "anonymous_writes", 2); }
    ) {
        for _ in 0..2 {
            app.resident("xiaoming").await;
        }
        let appid = app.app.wechat.appid();
        let code = app.wechat().mint_login_code("xiaoming", appid).await.unwrap();
        let login = || app.post("/api/v1/auth/wechat/login").json(json!({ "code": code })).send();
        let wait = seconds_to_wait(&login().await);
        assert_eq!(app.wechat().call_count(wechat::client::paths::CODE_TO_SESSION), 2);
        app.advance(TimeDelta::seconds(wait));
        // The code was not used up by the refusal.
        login().await.expect(200);
    }

    async fn staff_logins_of_an_address_are_limited_across_names(
        app, config => { patient(config); limit(config, "staff_logins", 3); }
    ) {
        let login = |name: &str| {
            let body = json!({ "username": name, "password": "a wrong password" });
            app.post("/api/v1/staff/auth/login").json(body).send()
        };
        for name in ["admin", "root", "editor"] {
            login(name).await.problem(401, "credentials_invalid");
        }
        let wait = seconds_to_wait(&login("auditor").await);
        app.advance(TimeDelta::seconds(wait));
        login("auditor").await.problem(401, "credentials_invalid");
    }

    async fn staff_logins_are_limited_however_the_path_is_spelt(
        app, config => { patient(config); limit(config, "staff_logins", 1); }
    ) {
        let login = |path: &str| {
            let body = json!({ "username": "nobody", "password": "a wrong password" });
            app.post(path).json(body).send()
        };
        login("/api/v1/staff/auth/%6Cogin").await.problem(401, "credentials_invalid");
        seconds_to_wait(&login("/api/v1/staff/auth/login").await);
        seconds_to_wait(&login("/api/v1/staff/auth/%6cogi%6E").await);
    }

    async fn all_staff_logins_together_are_limited_wherever_they_come_from(
        app, config => {
            patient(config);
            limit(config, "all_staff_logins", 2);
            config.http.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
        }
    ) {
        let login = |client: &str| {
            let body = json!({ "username": "nobody", "password": "a wrong password" });
            let post = app.post("/api/v1/staff/auth/login").header("x-forwarded-for", client);
            post.json(body).send()
        };
        login("1.1.1.1").await.problem(401, "credentials_invalid");
        login("2.2.2.2").await.problem(401, "credentials_invalid");
        seconds_to_wait(&login("3.3.3.3").await);
        // Another operation has a count of its own.
        write_from(app, "3.3.3.3").await.problem(401, "refresh_token_invalid");
    }

    async fn anonymous_writes_are_limited_by_address_and_operation_together(
        app, config => { patient(config); limit(config, "anonymous_writes", 1); }
    ) {
        let person = app.resident("xiaoming").await;
        write_from(app, "").await.problem(401, "refresh_token_invalid");
        seconds_to_wait(&write_from(app, "").await);
        // What asks who one is does not count.
        for _ in 0..3 {
            app.patch("/api/v1/me").by(&person).json(json!({})).send().await.expect(200);
        }
    }

    async fn reads_of_an_address_are_limited_by_each_replica_for_itself(
        app, config => { patient(config); limit(config, "address_reads", 3); }
    ) {
        let person = app.resident("xiaoming").await;
        let read = || app.get("/api/v1/articles").send();
        read().await.expect(200);
        app.get("/api/v1/me").by(&person).send().await.expect(200);
        app.request(reqwest::Method::HEAD, "/api/v1/articles").send().await.expect(200);
        let wait = seconds_to_wait(&read().await);
        seconds_to_wait(&app.get("/api/v1/me").by(&person).send().await);
        app.patch("/api/v1/me").by(&person).json(json!({})).send().await.expect(200);
        let other = app.replica().await;
        other.get("/api/v1/articles").send().await.expect(200);
        other.stop().await;
        app.advance(TimeDelta::seconds(wait));
        read().await.expect(200);
        seconds_to_wait(&read().await);
    }

    async fn complaints_of_an_account_come_in_a_burst_and_then_over_the_day(
        app, config => {
            patient(config);
            let rule = config.limits.get_mut("account_complaints").unwrap();
            (rule.most, rule.burst) = (24, Some(2));
        }
    ) {
        let (a, b) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let file = |who: &tests::Person| {
            app.post("/api/v1/complaints").by(who).json(complaint_body()).send()
        };
        for _ in 0..2 {
            file(&a).await.expect(201);
        }
        assert_eq!(seconds_to_wait(&file(&a).await), 3_600);
        file(&b).await.expect(201);
        // Nothing else of theirs is limited by it.
        app.patch("/api/v1/me").by(&a).json(json!({})).send().await.expect(200);
        app.advance(TimeDelta::hours(1));
        let a = app.resident("xiaoming").await;
        file(&a).await.expect(201);
        seconds_to_wait(&file(&a).await);
    }

    async fn complaints_about_one_telephone_are_limited_in_any_spelling_and_from_any_account(
        app, config => { patient(config); limit(config, "phone_complaints", 2); }
    ) {
        let (a, b) = (app.resident("xiaoming").await, app.resident("xiaohong").await);
        let file = |who: &tests::Person, phone: &str| {
            let body = with(&complaint_body(), "complainant.phone", json!(phone));
            app.post("/api/v1/complaints").by(who).json(body).send()
        };
        file(&a, "13800138000").await.expect(201);
        file(&b, "+86 138-0013-8000").await.expect(201);
        seconds_to_wait(&file(&a, "138 0013 8000").await);
        file(&a, "13800138001").await.expect(201);
        assert_eq!(app.count("SELECT COUNT(*) FROM complaints").await, 3);
    }

    async fn telephones_are_bound_so_many_times_a_day(
        app, config => { patient(config); limit(config, "phone_bindings", 1); }
    ) {
        let bind = async |name: &str| {
            let person = app.resident(name).await;
            let appid = app.app.wechat.appid();
            let code = app.wechat().mint_phone_code(name, "13800138000", appid).await.unwrap();
            app.post("/api/v1/me/phone").by(&person).json(json!({ "code": code })).send().await
        };
        bind("xiaoming").await.expect(200);
        seconds_to_wait(&bind("xiaohong").await);
        app.advance(TimeDelta::days(1));
        bind("xiaohong").await.expect(200);
    }

    async fn forwarded_addresses_are_not_believed_without_a_trusted_proxy(
        app, config => { patient(config); limit(config, "address_writes", 2); }
    ) {
        for client in ["1.1.1.1", "2.2.2.2"] {
            write_from(app, client).await.problem(401, "refresh_token_invalid");
        }
        seconds_to_wait(&write_from(app, "3.3.3.3").await);
    }

    async fn forwarded_addresses_of_a_trusted_proxy_are_counted_one_by_one(
        app, config => {
            patient(config);
            limit(config, "address_writes", 1);
            config.http.trusted_proxies = vec!["127.0.0.0/8".to_owned(), "10.0.0.0/8".to_owned()];
        }
    ) {
        for client in ["1.1.1.1", "2.2.2.2", "2001:db8:1:2::3", "2001:db8:1:3::3"] {
            write_from(app, client).await.problem(401, "refresh_token_invalid");
        }
        for client in [
            "1.1.1.1",
            // What the client itself wrote in front is not believed.
            "9.9.9.9, 1.1.1.1",
            "nonsense, 2.2.2.2",
            // A second proxy of ours stands in between.
            "2.2.2.2, 10.0.0.7",
            // One household has one /64.
            "2001:db8:1:2:ffff::9",
        ] {
            seconds_to_wait(&write_from(app, client).await);
        }
        // A header that says nothing is the proxy itself.
        write_from(app, "unknown").await.problem(401, "refresh_token_invalid");
        seconds_to_wait(&write_from(app, "").await);
    }

    async fn a_body_beyond_the_limit_is_refused(
        app, config => { config.http.max_body_bytes = 2_000; }
    ) {
        let person = app.resident("xiaoming").await;
        let padded = |size: usize| format!("{{{}}}", " ".repeat(size - 2));
        let patch = |body: String| {
            app.patch("/api/v1/me").by(&person).raw("application/json", body).send()
        };
        patch(padded(2_000)).await.expect(200);
        patch(padded(2_001)).await.problem(413, "body_too_large");
        patch(padded(200_000)).await.problem(413, "body_too_large");
        // Without a length, in pieces.
        let mut request = format!(
            "PATCH /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n",
            person.token
        );
        for _ in 0..3 {
            request.push_str(&format!("3e8\r\n{}\r\n", " ".repeat(1_000)));
        }
        request.push_str("0\r\n\r\n");
        let reply = raw_http(app.address, request.as_bytes()).await;
        assert!(reply.starts_with("HTTP/1.1 413") && reply.contains("body_too_large"), "{reply}");
    }

    async fn a_file_may_take_longer_than_a_request(
        app, config => { config.http.request_timeout_ms = 400; config.http.upload_timeout_ms = 60_000; }
    ) {
        let person = app.residents(1).await.remove(0);
        let content = tests::jpeg(9, 9);
        let ticket = app.ticket("media", &person, ("complaint_evidence", "image/jpeg"), &content).await;
        let url = ticket.expect(201)["upload_url"].as_str().unwrap().to_owned();
        // The network is slow, not the clock of the test.
        let slowly = async |kind: &str| {
            let head = format!(
                "PUT {url} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
                 content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
                person.token, content.len()
            );
            let mut stream = TcpStream::connect(app.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(900)).await;
            // The server may have hung up.
            let _sent = stream.write_all(&content).await;
            let mut reply = String::new();
            let _read = stream.read_to_string(&mut reply).await;
            reply
        };
        let refused = slowly("application/json").await;
        assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("request_timeout"), "{refused}");
        let taken = slowly("image/jpeg").await;
        assert!(taken.starts_with("HTTP/1.1 200"), "{taken}");
    }

    async fn a_body_that_breaks_off_changes_nothing(app) {
        let person = app.resident("xiaoming").await;
        let request = format!(
            "PATCH /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: 500\r\n\r\n{{\"audience\":\"student\"}}",
            person.token
        );
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        drop(stream);
        let me = app.get("/api/v1/me").by(&person).send().await.expect(200);
        assert_eq!(me["audience"], serde_json::Value::Null);
    }

    async fn bytes_that_are_no_http_are_refused_and_the_server_lives(
        app, config => { config.http.head_timeout_ms = 1_500; }
    ) {
        // The framework calls each of them an error.
        app.expect_errors();
        let long_path = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(200_000));
        let long_header = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(200_000));
        let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(500));
        for request in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            b"NONSENSE\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            // Half a head, and then silence.
            b"GET /api/v1/articles HTTP/1.1\r\nhost: x\r\nx-slow: ",
            long_path.as_bytes(),
            long_header.as_bytes(),
            many.as_bytes(),
        ] {
            let reply = raw_http(app.address, request).await;
            assert!(!reply.starts_with("HTTP/1.1 2") && !reply.starts_with("HTTP/1.1 5"), "{reply}");
        }
        app.get("/api/v1/articles").send().await.expect(200);
    }
}
