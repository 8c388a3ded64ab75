//! Everything about files that can be raced, raced.

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use serde_json::json;
use tests::{TestApp, TestResponse, backends, complaint_body, jpeg, wide_pool};

use super::{JPEG, states};

fn codes(replies: &[TestResponse]) -> (usize, usize) {
    let won = replies.iter().filter(|reply| reply.status.is_success()).count();
    (won, replies.len() - won)
}

async fn complaints(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM complaints").await
}

backends! {
    async fn upload_media_by_20_at_once_with_one_ticket_makes_one_file(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let content = jpeg(1_000, 100);
        let ticket = app.ticket("media", &person, JPEG, &content).await.expect(201);
        let replies = join_all((0..20).map(|_| app.put_file(&person, &ticket, &content))).await;
        assert_eq!(codes(&replies), (1, 19));
        for reply in replies.iter().filter(|reply| !reply.status.is_success()) {
            reply.problem(409, "media_ticket_closed");
        }
        assert_eq!((states(app, "ready").await, app.stored_files()), (1, 3));
    }

    async fn submit_complaint_at_once_with_one_file_holds_it_once(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let id = app.evidence(&person, "image/jpeg", &jpeg(9, 9)).await;
        let mut body = complaint_body();
        body["evidence_media_ids"] = json!([id]);
        let posts = (0..10).map(|_| app.post("/api/v1/complaints").by(&person).json(body.clone()).send());
        let replies = join_all(posts).await;
        assert_eq!(codes(&replies), (1, 9));
        for reply in replies.iter().filter(|reply| !reply.status.is_success()) {
            reply.problem(422, "media_unavailable");
        }
        assert_eq!(complaints(app).await, 1);
    }

    async fn create_media_ticket_by_60_at_once_gives_40(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let content = jpeg(9, 9);
        let replies = join_all((0..60).map(|_| app.ticket("media", &person, JPEG, &content))).await;
        assert_eq!(codes(&replies), (40, 20));
        for reply in replies.iter().filter(|reply| !reply.status.is_success()) {
            reply.problem(409, "media_too_many");
        }
    }

    async fn a_file_that_expires_while_it_is_used_is_whole_or_gone(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(app.evidence(&person, "image/jpeg", &jpeg(9, 9)).await);
        }
        app.advance(TimeDelta::hours(25));
        let person = app.logged_in_again(&[person]).await.remove(0);
        let posts = ids.iter().map(|id| {
            let mut body = complaint_body();
            body["evidence_media_ids"] = json!([id]);
            app.post("/api/v1/complaints").by(&person).json(body).send()
        });
        let (replies, _) = join(join_all(posts), app.drain_jobs()).await;
        app.drain_jobs().await;
        for reply in &replies {
            if !reply.status.is_success() {
                reply.problem(422, "media_unavailable");
                continue;
            }
            let url = reply.json()["evidence"][0]["url"].as_str().unwrap().to_owned();
            assert_eq!(app.get(&url).by(&person).send().await.status, 200);
        }
        let (won, _) = codes(&replies);
        assert_eq!((app.stored_files(), states(app, "ready").await), (won, won.try_into().unwrap()));
    }
}
