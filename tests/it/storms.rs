//! Everything that can be raced, raced. Each storm runs on both engines.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use entity::system_marker;
use futures_util::future::join_all;
use sanjin::features;
use sanjin::platform::db::AuditActor;
use sanjin::platform::jobs::Worker;
use sea_orm::{
    ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, QuerySelect as _, Set,
};
use serde_json::json;
use tests::{Person, Role, TestApp, backends, wide_pool};
use tokio::sync::Barrier;
use wechat::client::paths;

/// How often each code was answered.
type Tally = BTreeMap<String, usize>;

fn tally(codes: impl IntoIterator<Item = String>) -> Tally {
    codes.into_iter().fold(Tally::new(), |mut tally, code| {
        *tally.entry(code).or_default() += 1;
        tally
    })
}

/// Everybody asks for a place in the same slot at the same moment, over any of the replicas.
async fn rush(replicas: &[&TestApp], people: &[Person], slot_id: uuid::Uuid) -> Tally {
    let barrier = Arc::new(Barrier::new(people.len()));
    let asks = people.iter().enumerate().map(|(n, person)| {
        let barrier = Arc::clone(&barrier);
        async move {
            let app = replicas[n % replicas.len()];
            let body = json!({ "slot_id": slot_id, "product_name": "玩具" });
            let post = app.post("/api/v1/bookings").bearer(&person.token).json(body);
            barrier.wait().await;
            let reply = post.send().await;
            match reply.status.as_u16() {
                201 => "booked".to_owned(),
                _ => reply.json()["code"].as_str().unwrap().to_owned(),
            }
        }
    });
    tally(join_all(asks).await)
}

backends! {
    async fn create_booking_by_200_for_the_last_place_gives_it_to_one(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 1).await;
        let people = app.residents(200).await;
        let tally = rush(&[app], &people, slot).await;
        assert_eq!(tally, Tally::from([("booked".to_owned(), 1), ("slot_held".to_owned(), 199)]));
        assert_eq!(app.count("SELECT held FROM slots").await, 1);
    }

    async fn create_booking_by_200_over_two_replicas_for_50_places_gives_50(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 50).await;
        let people = app.residents(200).await;
        let other = app.replica().await;
        let tally = rush(&[app, &other], &people, slot).await;
        assert_eq!(tally, Tally::from([("booked".to_owned(), 50), ("slot_held".to_owned(), 150)]));
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 50);
        assert_eq!(app.count(app.engine().bookings_that_expire()).await, 50);
        other.stop().await;
    }

    async fn create_booking_twice_at_once_by_one_person_books_once(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 10).await;
        let person = app.residents(1).await.remove(0);
        let tally = rush(&[app], &vec![person; 12], slot).await;
        assert_eq!(tally, Tally::from([("booked".to_owned(), 1), ("already_booked".to_owned(), 11)]));
        assert_eq!(app.count("SELECT held FROM slots").await, 1);
    }

    async fn one_idempotency_key_at_once_works_once_and_answers_all(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 24, 10).await;
        let person = app.residents(1).await.remove(0);
        let asks = (0..12).map(|_| {
            app.post("/api/v1/bookings")
                .bearer(&person.token)
                .header("idempotency-key", "storm-key-0001")
                .json(json!({ "slot_id": slot, "product_name": "玩具" }))
                .send()
        });
        let replies = join_all(asks).await;
        let first = &replies[0].body;
        for reply in &replies {
            reply.expect(201);
            assert_eq!(&reply.body, first, "byte for byte");
        }
        let replayed = replies.iter().filter(|r| r.headers.contains_key("idempotency-replayed"));
        assert_eq!(replayed.count(), 11);
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 1);
    }

    async fn confirm_cancel_and_expiry_at_once_keep_the_counters(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 48, 40).await;
        let people = app.residents(40).await;
        let mut bookings = Vec::new();
        for person in &people {
            bookings.push(app.booking(person, slot).await);
        }
        // Past `confirm_by`, so that the expiry runs against both.
        app.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
        let staff = app.staff(Role::LabStaff, &format!("lab:{}", lab.id)).await;
        let people = app.logged_in_again(&people).await;
        let decisions = bookings.iter().map(|id| {
            app.post(&format!("/api/v1/staff/bookings/{id}/confirmation")).bearer(&staff.token).send()
        });
        let cancellations = bookings.iter().zip(&people).map(|(id, person)| {
            let path = format!("/api/v1/bookings/{id}/cancellation");
            app.post(&path).bearer(&person.token).json(json!({})).send()
        });
        let (decided, cancelled, _) =
            tokio::join!(join_all(decisions), join_all(cancellations), app.drain_jobs());
        app.drain_jobs().await;
        for reply in decided.iter().chain(&cancelled) {
            assert!(matches!(reply.status.as_u16(), 200 | 409), "{}", reply.text());
        }
        assert_eq!(app.count("SELECT held FROM slots").await, 0, "nothing waits any more");
        let active = app.count("SELECT COUNT(*) FROM bookings WHERE status = 'confirmed'").await;
        assert_eq!(app.count("SELECT booked FROM slots").await, active);
        // Every booking changed at most twice: confirmed, then cancelled.
        assert!(app.count("SELECT MAX(version) FROM bookings").await <= 2);
    }

    async fn sixteen_writers_on_one_row_lose_nothing(app, config => { wide_pool(config); }) {
        let marker = system_marker::ActiveModel {
            key: Set("storm".to_owned()),
            value: Set("0".to_owned()),
            updated_at: Set(app.now()),
        };
        system_marker::Entity::insert(marker).exec_without_returning(&app.app.db).await.unwrap();
        let writers = (0..16).map(async |_| {
            for _ in 0..20 {
                let tx = app.app.begin(AuditActor::System).await.unwrap();
                let row = system_marker::Entity::find_by_id("storm").lock_exclusive();
                let row = row.one(&tx).await.unwrap().unwrap();
                let next = row.value.parse::<u32>().unwrap() + 1;
                let mut row = row.into_active_model();
                row.value = Set(next.to_string());
                row.update(&tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
        join_all(writers).await;
        let row = system_marker::Entity::find_by_id("storm").one(&app.app.db).await.unwrap();
        assert_eq!(row.unwrap().value, "320");
    }

    async fn sixteen_editors_of_one_version_get_one_edit_through(app, config => { wide_pool(config); }) {
        let article_id = app.article("标题").await;
        let editor = app.staff(Role::Editor, "country").await;
        let path = format!("/api/v1/staff/articles/{article_id}");
        let etag = app.get(&path).bearer(&editor.token).send().await.header("etag").to_owned();
        let edits = (0..16).map(|n| {
            let body = json!({ "title": format!("改 {n}"), "body_markdown": "正文", "category": "knowledge" });
            app.put(&path).bearer(&editor.token).header("if-match", &etag).json(body).send()
        });
        let statuses = join_all(edits).await.into_iter().map(|reply| reply.status.to_string());
        let wanted = [("200 OK".to_owned(), 1), ("412 Precondition Failed".to_owned(), 15)];
        assert_eq!(tally(statuses), Tally::from(wanted));
    }

    async fn a_refresh_token_used_by_many_at_once_works_once(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let asks = (0..8).map(|_| {
            let body = json!({ "refresh_token": person.refresh_token });
            app.post("/api/v1/auth/refresh").json(body).send()
        });
        let replies = join_all(asks).await;
        let won = replies.iter().filter(|reply| reply.status.as_u16() == 200).count();
        assert!(won <= 1, "{won} pairs from one token");
        let revoked = "SELECT COUNT(*) FROM login_sessions WHERE revoked_because = 'token_reuse'";
        assert_eq!(app.count(revoked).await, 1, "the family has ended");
    }

    async fn three_replicas_that_need_a_token_ask_wechat_once(app, config => { wide_pool(config); }) {
        let (second, third) = (app.replica().await, app.replica().await);
        let asks = [app, &second, &third]
            .into_iter()
            .flat_map(|replica| (0..10).map(|_| replica.app.wechat.access_token()));
        let tokens = join_all(asks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
        assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]), "one token for all");
        assert_eq!(app.wechat().call_count(paths::STABLE_TOKEN), 1);
        second.stop().await;
        third.stop().await;
    }

    async fn four_workers_run_a_hundred_jobs_once_each(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        app.pending_notifications(person.id, 100).await;
        let workers: Vec<Worker> =
            (0..4).map(|_| Worker::new(app.app.clone(), features::jobs())).collect();
        let ran = join_all(workers.iter().map(Worker::drain)).await;
        // Each recurring job is asked for once, whoever asks.
        let ran = ran.into_iter().map(Result::unwrap).sum::<usize>();
        assert_eq!(i64::try_from(ran).unwrap(), app.count("SELECT COUNT(*) FROM jobs").await);
        assert_eq!(app.count("SELECT COUNT(*) FROM jobs WHERE unique_key IS NULL").await, 100);
        let twice = "SELECT COUNT(*) - COUNT(DISTINCT kind) FROM jobs WHERE unique_key IS NOT NULL";
        assert_eq!(app.count(twice).await, 0);
        let attempts = "SELECT COUNT(*) FROM jobs WHERE attempts <> 1 OR status <> 'done'";
        assert_eq!(app.count(attempts).await, 0);
        let sent = "SELECT COUNT(*) FROM notifications WHERE delivery_attempts <> 1";
        assert_eq!(app.count(sent).await, 0);
    }
}
