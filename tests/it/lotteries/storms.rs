//! The draw raced against itself, against those who still come, and against those who give back.

use std::cell::Cell;

use chrono::TimeDelta;
use futures_util::future::{Either, join_all, select};
use sanjin::features::lotteries::service::draw_lottery;
use serde_json::{Value, json};
use tests::{Person, TestApp, backends, wide_pool};
use uuid::Uuid;

use super::{draw, enter, lottery, post, seen, verify};

/// Gives back what was won, while others are still being given theirs.
async fn give_back(app: &TestApp, people: &[Person]) {
    for person in people {
        let mine = app.walk("/api/v1/lottery-entries", Some(person), 5).await;
        if let Some(booking) = mine[0]["booking_id"].as_str() {
            let path = format!("/bookings/{booking}/cancellation");
            post(app, person, &path, json!({})).await.expect(200);
        }
    }
}

async fn watch(app: &TestApp, is_over: &Cell<bool>) {
    while !is_over.get() {
        assert_eq!(app.broken_slots().await, 0, "counters and bookings disagree");
        tokio::task::yield_now().await;
    }
}

fn statuses(order: &[Value], status: &str) -> usize {
    order.iter().filter(|entry| entry["status"] == status).count()
}

backends! {
    async fn a_draw_by_two_replicas_at_once_happens_once(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slots = [app.slot(&lab, 48, 20).await, app.slot(&lab, 50, 30).await];
        let drawn = lottery(app, &lab, &slots).await;
        let other = app.replica().await;
        let people = app.residents(130).await;
        let (early, late) = people.split_at(110);
        for chunk in early.chunks(22) {
            let asks = chunk.iter().enumerate().map(|(n, person)| enter(app, person, drawn, slots[n % 2]));
            join_all(asks).await.iter().for_each(|reply| drop(reply.expect(201)));
        }
        // The last ones come while the clock strikes.
        let asks = join_all(late.iter().map(|person| enter(&other, person, drawn, slots[0])));
        let strike = async {
            tokio::task::yield_now().await;
            app.advance(TimeDelta::minutes(10));
        };
        let (asked, ()) = futures_util::future::join(asks, strike).await;
        let came = asked.iter().filter(|reply| reply.status == 201).count();
        let missed = asked.iter().filter(|reply| reply.status != 201);
        missed.for_each(|reply| drop(reply.problem(409, "lottery_closed")));
        let is_over = Cell::new(false);
        let storm = async {
            let draws = [&app.app, &other.app, &app.app, &other.app];
            let draws = join_all(draws.map(|app| Box::pin(draw_lottery(app, drawn))));
            let back = Box::pin(give_back(app, &early[..30]));
            let jobs = join_all([app, &other].map(|app| Box::pin(app.drain_jobs())));
            let (done, _, ()) = tokio::join!(draws, jobs, back);
            done.into_iter().for_each(|done| done.unwrap());
            is_over.set(true);
        };
        tokio::join!(storm, watch(app, &is_over));
        app.drain_jobs().await;
        assert_eq!(seen(app, drawn).await["status"], "settled");
        let order = verify(app, drawn).await;
        assert_eq!(order.len(), 110 + came);
        // Everybody got something, once: a place, or one in the line.
        assert_eq!(statuses(&order, "won") + statuses(&order, "waiting"), order.len());
        assert_eq!(app.count("SELECT COUNT(*) FROM bookings").await, 110 + i64::try_from(came).unwrap());
        assert_eq!(app.count("SELECT COUNT(DISTINCT booking_id) FROM lottery_entries").await, 110 + i64::try_from(came).unwrap());
        assert_eq!(app.count("SELECT SUM(held) FROM slots").await, 50);
        let overtaken = "SELECT COUNT(*) FROM bookings a JOIN bookings b ON a.slot_id = b.slot_id \
                         WHERE a.status = 'waitlisted' AND b.status = 'offered' AND b.waitlist_no > a.waitlist_no";
        assert_eq!(app.count(overtaken).await, 0);
        let unfair = "SELECT COUNT(*) FROM lottery_entries a JOIN lottery_entries b ON a.slot_id = b.slot_id \
                      JOIN bookings x ON x.id = a.booking_id JOIN bookings y ON y.id = b.booking_id \
                      WHERE a.rank < b.rank AND x.waitlist_no > y.waitlist_no";
        assert_eq!(app.count(unfair).await, 0, "the line stands in the order drawn");
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_entries WHERE action = 'lottery.draw'").await, 1);
        other.stop().await;
    }

    async fn a_draw_that_was_broken_off_goes_on_where_it_stood(app, config => { wide_pool(config); }) {
        let lab = app.lab("实验室").await;
        let slot = app.slot(&lab, 48, 70).await;
        let drawn = lottery(app, &lab, &[slot]).await;
        let people = app.residents(120).await;
        for chunk in people.chunks(24) {
            let asks = join_all(chunk.iter().map(|person| enter(app, person, drawn, slot))).await;
            asks.iter().for_each(|reply| drop(reply.expect(201)));
        }
        app.advance(TimeDelta::minutes(10));
        let settled = async || app.count("SELECT settled_rank FROM lotteries").await;
        let until_the_middle = std::pin::pin!(async {
            while settled().await == 0 {
                tokio::task::yield_now().await;
            }
        });
        // The replica dies with its transactions as they stand.
        let run = Box::pin(draw_lottery(&app.app, drawn));
        match select(run, until_the_middle).await {
            Either::Left(_) => panic!("it was over before it could be broken off"),
            Either::Right(((), run)) => drop(run),
        }
        let stood = settled().await;
        assert!((1..120).contains(&stood), "{stood}");
        let (seed, bookings) = (seen(app, drawn).await["seed"].clone(), "SELECT COUNT(*) FROM bookings");
        assert_eq!(app.count(bookings).await, stood);
        let shown = draw(app, drawn).await;
        assert_eq!([&shown["status"], &shown["seed"]], [&json!("settled"), &seed]);
        let order = verify(app, drawn).await;
        assert_eq!((statuses(&order, "won"), statuses(&order, "waiting")), (70, 50));
        assert_eq!(app.count(bookings).await, 120);
        // Once more changes nothing.
        draw_lottery(&app.app, drawn).await.unwrap();
        draw_lottery(&app.app, Uuid::nil()).await.unwrap();
        assert_eq!(seen(app, drawn).await, shown);
    }
}
