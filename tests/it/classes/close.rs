//! The end of a class, and of all that its seats left.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use tests::{Class, Engine, Person, TestApp, backends, wide_pool};
use uuid::Uuid;

use super::sit;

/// The tables that know an account.
async fn traces(app: &TestApp, id: Uuid) -> Vec<String> {
    let id = match app.engine() {
        Engine::Sqlite => id.simple().to_string(),
        Engine::Postgres => id.to_string(),
    };
    let mut found = Vec::new();
    for table in entity::all_tables() {
        if table.name != "regions" && app.dump(&table.name).await.to_lowercase().contains(&id) {
            found.push(table.name);
        }
    }
    found
}

/// A seat that has answered a quiz.
async fn busy_seat(app: &TestApp, class: &Class, quiz: Uuid) -> Person {
    let seat = app.seat(class).await;
    let start = app.post(&format!("/api/v1/quizzes/{quiz}/attempts")).by(&seat).send().await;
    let paper = start.expect(201);
    let (attempt, item) = (paper["id"].as_str().unwrap(), &paper["items"][0]);
    let path = format!("/api/v1/attempts/{attempt}/answers/{}", item["id"].as_str().unwrap());
    let body = json!({ "choices": [item["options"][0]["id"]], "seq": 1 });
    app.put(&path).by(&seat).json(body).send().await.expect(200);
    seat
}

async fn close(app: &TestApp, teacher: &Person, class: &Class) -> tests::TestResponse {
    app.post(&format!("/api/v1/classes/{}/closure", class.id)).by(teacher).send().await
}

backends! {
    async fn close_class_ends_its_seats_at_once_and_deletes_all_they_left(app) {
        let teacher = app.teacher("laoshi").await;
        let (class, other) = (app.class(&teacher, 5).await, app.class(&teacher, 5).await);
        let quiz = app.quiz(|_| ()).await;
        let seats = [busy_seat(app, &class, quiz).await, busy_seat(app, &class, quiz).await];
        let neighbour = busy_seat(app, &other, quiz).await;
        assert!(traces(app, seats[0].id).await.len() >= 4);
        close(app, &teacher, &class).await.expect(204);
        for seat in &seats {
            app.get("/api/v1/me").by(seat).send().await.problem(401, "token_invalid");
        }
        sit(app, json!({ "class_code": class.code })).await.problem(422, "class_code_invalid");
        app.drain_jobs().await;
        for seat in &seats {
            assert_eq!(traces(app, seat.id).await, Vec::<String>::new());
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM attempt_answers").await, 1);
        app.get("/api/v1/me").by(&neighbour).send().await.expect(200);
        let view = app.get(&format!("/api/v1/classes/{}", class.id)).by(&teacher).send().await.expect(200);
        assert_eq!([&view["status"], &view["code"], &view["seats"]], [&json!("closed"), &json!(null), &json!([])]);
        close(app, &teacher, &class).await.problem(409, "class_closed");
        let renew = app.post(&format!("/api/v1/classes/{}/code", class.id)).by(&teacher).send().await;
        renew.problem(409, "class_closed");
    }

    async fn a_class_closes_by_itself_when_the_school_year_is_over(app) {
        let teacher = app.teacher("laoshi").await;
        let class = app.class(&teacher, 5).await;
        let seat = app.seat(&class).await;
        // 23:59:59 on 31 August in China.
        app.clock.set("2027-08-31T15:59:59Z".parse().unwrap());
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM classes WHERE status = 'open'").await, 1);
        app.advance(TimeDelta::hours(6));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM classes WHERE status = 'open'").await, 0);
        assert_eq!(traces(app, seat.id).await, Vec::<String>::new());
    }

    async fn remove_seat_frees_it_for_somebody_else(app) {
        let teacher = app.teacher("laoshi").await;
        let class = app.class(&teacher, 1).await;
        let seat = busy_seat(app, &class, app.quiz(|_| ()).await).await;
        let path = format!("/api/v1/classes/{}/seats/1", class.id);
        app.delete(&path).by(&teacher).send().await.expect(204);
        app.get("/api/v1/me").by(&seat).send().await.problem(401, "token_invalid");
        assert_eq!(traces(app, seat.id).await, Vec::<String>::new());
        app.delete(&path).by(&teacher).send().await.problem(404, "not_found");
        let next = app.seat(&class).await;
        assert_ne!(next.id, seat.id);
    }

    async fn erasing_twice_and_seats_removed_meanwhile_is_harmless(app, config => { wide_pool(config); }) {
        let teacher = app.teacher("laoshi").await;
        let class = app.class(&teacher, 8).await;
        for _ in 0..8 {
            app.seat(&class).await;
        }
        close(app, &teacher, &class).await.expect(204);
        let removals = (1..=8).map(|number| {
            let path = format!("/api/v1/classes/{}/seats/{number}", class.id);
            app.delete(&path).by(&teacher).send()
        });
        let (removed, _) = futures_util::future::join(join_all(removals), app.drain_jobs()).await;
        for reply in removed {
            assert!(matches!(reply.status.as_u16(), 204 | 404), "{}", reply.text());
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts WHERE kind = 'seat'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM class_seats").await, 0);
    }
}
