//! Wishes of one person that come at once, and against the jobs that carry them out.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sanjin::features;
use sanjin::platform::jobs::Worker;
use serde_json::json;
use tests::{Person, TestApp, backends, wide_pool};

use super::{EXPORTS, again, ask_deletion, ask_export, cancel, exported, status, stored};

async fn all_again(app: &TestApp, people: &[Person]) -> Vec<Person> {
    app.logged_in_again(people).await
}

/// Two workers beside each other, as two replicas have them.
async fn work(app: &TestApp) {
    let workers = [(); 2].map(|()| Worker::new(app.app.clone(), features::jobs()));
    for ran in join_all(workers.iter().map(Worker::drain)).await {
        ran.unwrap();
    }
}

backends! {
    async fn two_wishes_to_close_are_one(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let replies = join_all((0..8).map(|_| ask_deletion(app, &person))).await;
        let created = replies.iter().filter(|reply| reply.status.as_u16() == 201).count();
        assert_eq!(created, 1);
        for reply in &replies {
            assert!(matches!(reply.status.as_u16(), 200 | 201), "{}", reply.text());
            assert_eq!(reply.json(), replies[0].json());
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM account_deletions").await, 1);
        app.drain_jobs().await;
    }

    async fn who_cancels_while_it_is_erased_is_either_kept_whole_or_gone(
        app, config => { wide_pool(config); }
    ) {
        let people = app.residents(12).await;
        for person in &people {
            app.pending_notifications(person.id, 3).await;
            ask_deletion(app, person).await.expect(201);
        }
        app.drain_jobs().await;
        app.advance(TimeDelta::days(15));
        let people = all_again(app, &people).await;
        let cancellations = join_all(people.iter().map(|person| cancel(app, person)));
        let (replies, ()) = tokio::join!(cancellations, work(app));
        app.drain_jobs().await;
        let mut kept = 0;
        for (person, reply) in people.iter().zip(&replies) {
            let sql = |table: &str| {
                format!("SELECT COUNT(*) FROM {table} WHERE account_id = {}", app.literal(person.id))
            };
            let notices = app.count(&sql("notifications")).await;
            match reply.status.as_u16() {
                200 => {
                    kept += 1;
                    assert_eq!(status(app, person).await.as_deref(), Some("active"));
                    assert_eq!(notices, 4);
                }
                _ => {
                    // Too late, and the token may be worthless already.
                    assert!(matches!(reply.status.as_u16(), 401 | 403 | 409), "{}", reply.text());
                    assert_eq!((status(app, person).await, notices), (None, 0));
                }
            }
        }
        let erased = app.count("SELECT COUNT(*) FROM account_deletions WHERE status = 'erased'").await;
        assert_eq!(kept + erased, 12);
    }

    async fn a_copy_asked_for_while_it_is_erased_leaves_no_file(app, config => { wide_pool(config); }) {
        let people = app.residents(10).await;
        for person in &people {
            ask_deletion(app, person).await.expect(201);
        }
        app.drain_jobs().await;
        app.advance(TimeDelta::days(15));
        let people = all_again(app, &people).await;
        let asks = join_all(people.iter().map(|person| ask_export(app, person)));
        let (replies, (), ()) = tokio::join!(asks, work(app), work(app));
        work(app).await;
        // What lost against the other run tries again.
        for _ in 0..8 {
            app.advance(TimeDelta::hours(1));
            app.drain_jobs().await;
        }
        for reply in &replies {
            assert!(matches!(reply.status.as_u16(), 201 | 401 | 403), "{}", reply.text());
        }
        for person in &people {
            assert_eq!(status(app, person).await, None);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM data_exports").await, 0);
        assert_eq!(stored(app), Vec::<std::path::PathBuf>::new());
    }

    async fn two_copies_at_once_are_one(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let replies = join_all((0..6).map(|_| ask_export(app, &person))).await;
        let made = replies.iter().filter(|reply| reply.status.as_u16() == 201).count();
        assert_eq!(made, 1);
        for reply in replies.iter().filter(|reply| reply.status.as_u16() != 201) {
            reply.problem(409, "export_in_progress");
        }
        work(app).await;
        assert_eq!(app.walk(EXPORTS, Some(&person), 5).await[0]["status"], "ready");
        let person = again(app, &person).await;
        let file = app.get(EXPORTS).by(&person).send().await.expect(200);
        assert_eq!(file["items"].as_array().unwrap().len(), 1);
    }

    async fn a_ticket_used_by_many_at_once_opens_once(app, config => { wide_pool(config); }) {
        let person = app.residents(1).await.remove(0);
        let id = exported(app, &person).await;
        let path = format!("{EXPORTS}/{id}/tickets");
        let ticket = app.post(&path).by(&person).send().await.expect(201);
        let path = ticket["path"].as_str().unwrap();
        let replies = join_all((0..8).map(|_| app.get(path).send())).await;
        assert_eq!(replies.iter().filter(|reply| reply.status.as_u16() == 200).count(), 1);
    }

    async fn who_books_while_closing_holds_no_place(app, config => { wide_pool(config); }) {
        let lab = app.lab("甲实验室").await;
        let slot = app.slot(&lab, 48, 40).await;
        let people = app.residents(20).await;
        let bookings = people.iter().map(|person| {
            let body = json!({ "slot_id": slot, "product_name": "玩具" });
            app.post("/api/v1/bookings").by(person).json(body).send()
        });
        let wishes = people.iter().map(|person| ask_deletion(app, person));
        let (booked, asked, ()) = tokio::join!(join_all(bookings), join_all(wishes), work(app));
        for reply in &asked {
            reply.expect(201);
        }
        for reply in &booked {
            assert!(matches!(reply.status.as_u16(), 201 | 403), "{}", reply.text());
        }
        app.drain_jobs().await;
        // The last one on its way has arrived by then.
        app.advance(TimeDelta::minutes(1));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT held + booked FROM slots").await, 0);
        let active = "SELECT COUNT(*) FROM bookings WHERE status IN ('pending_lab', 'confirmed')";
        assert_eq!(app.count(active).await, 0);
    }
}
