//! Everything about bulletins that can be raced, raced; and the telling broken off.

use chrono::TimeDelta;
use futures_util::future::{Either, join_all, select};
use sanjin::features::follows::service::tell_followers;
use serde_json::json;
use tests::{Role, backends, bulletin_body, wide_pool};
use uuid::Uuid;

use super::sheets::{csv, recall_row, upload};
use super::tell::{crowd, told};
use super::{act, id, note, version};

backends! {
    async fn publishing_twice_at_once_publishes_once(app, config => { wide_pool(config); }) {
        let mut drafts = Vec::new();
        for _ in 0..4 {
            drafts.push(app.bulletin_draft(bulletin_body()).await);
        }
        let reviewer = app.staff(Role::Reviewer, "country").await;
        let asks = (0..24).map(|n| act(app, &reviewer, (id(&drafts[n % 4]), 0), "publication", json!({})));
        let replies = join_all(asks).await;
        let good: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        let mut numbers: Vec<String> =
            good.iter().map(|reply| reply.json()["number"].as_str().unwrap().to_owned()).collect();
        numbers.sort();
        assert_eq!(numbers, ["RC-2026-0001", "RC-2026-0002", "RC-2026-0003", "RC-2026-0004"]);
        let others = replies.iter().filter(|reply| reply.status != 200);
        others.for_each(|reply| drop(reply.problem(412, "stale_version")));
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletin_events").await, 4);
        assert_eq!(app.count("SELECT COUNT(DISTINCT changed_at) FROM bulletins").await, 4);
        app.drain_jobs().await;
    }

    async fn correction_against_withdrawal_leaves_one_story(app, config => { wide_pool(config); }) {
        let reviewer = app.staff(Role::Reviewer, "country").await;
        let correction = json!({ "note": "更正。", "bulletin": bulletin_body() });
        for _ in 0..6 {
            let bulletin = app.bulletin(bulletin_body()).await;
            let seen = (id(&bulletin), version(&bulletin));
            let (corrected, withdrawn) = futures_util::future::join(
                act(app, &reviewer, seen, "correction", correction.clone()),
                act(app, &reviewer, seen, "withdrawal", note("撤回。")),
            ).await;
            let codes = [corrected.status.as_u16(), withdrawn.status.as_u16()];
            assert!(codes == [200, 412] || codes == [412, 200], "{codes:?}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletin_events").await, 12);
        let torn = "SELECT COUNT(*) FROM bulletins b WHERE NOT EXISTS (SELECT 1 FROM bulletin_events e \
                    WHERE e.bulletin_id = b.id AND e.no = b.event_no AND e.kind = b.status) \
                    OR NOT EXISTS (SELECT 1 FROM bulletin_products p WHERE p.bulletin_id = b.id)";
        assert_eq!(app.count(torn).await, 0);
        app.drain_jobs().await;
    }

    async fn committing_an_import_twice_at_once_writes_it_once(app, config => { wide_pool(config); }) {
        let editor = app.staff(Role::Editor, "country").await;
        let rows: Vec<_> = (0..20).map(|n| recall_row(&n.to_string())).collect();
        let import = upload(app, &editor, "csv", csv(&rows)).await.expect(201);
        let path = format!("/api/v1/staff/bulletin-imports/{}/commit", id(&import));
        let replies = join_all((0..12).map(|_| app.post(&path).by(&editor).send())).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        let others = replies.iter().filter(|reply| reply.status != 200);
        others.for_each(|reply| drop(reply.problem(409, "import_settled")));
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletins").await, 20);
    }

    async fn following_at_once_keeps_the_limit(app, config => { wide_pool(config); }) {
        let person = app.resident("xiaoming").await;
        let ask = |n: usize| {
            let body = json!({ "kind": "brand", "value": format!("品牌{}", n % 60) });
            app.post("/api/v1/me/follows").by(&person).json(body).send()
        };
        let replies = join_all((0..90).map(ask)).await;
        for reply in &replies {
            if reply.status != 201 {
                reply.problem(409, "follow_limit_reached");
            }
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM follows").await, 50);
        assert_eq!(app.count("SELECT COUNT(DISTINCT value_key) FROM follows").await, 50);
    }

    async fn a_telling_by_two_replicas_that_is_broken_off_tells_each_once(app, config => { wide_pool(config); }) {
        crowd(app, 330).await;
        let bulletin = app.bulletin(bulletin_body()).await;
        let bulletin_id: Uuid = id(&bulletin).parse().unwrap();
        let reached = async || app.count("SELECT COUNT(*) FROM bulletin_notices").await;
        let until_the_middle = std::pin::pin!(async {
            while reached().await < 50 {
                tokio::task::yield_now().await;
            }
        });
        // The replica dies with its transaction as it stands.
        let run = Box::pin(tell_followers(&app.app, bulletin_id, 1));
        match select(run, until_the_middle).await {
            Either::Left(_) => panic!("it was over before it could be broken off"),
            Either::Right(((), run)) => drop(run),
        }
        let stood = reached().await;
        assert!((50..330).contains(&stood), "{stood}");
        // Corrected while most do not know of it yet.
        app.advance(TimeDelta::seconds(1));
        let correction = json!({ "note": "更正。", "bulletin": bulletin_body() });
        let corrected = app.act_on_bulletin(&bulletin, "correction", correction).await;
        let other = app.replica().await;
        let runs = [&app.app, &other.app, &app.app, &other.app];
        let tellings = join_all(runs.map(|app| Box::pin(tell_followers(app, bulletin_id, 1))));
        let jobs = join_all([app, &other].map(|app| Box::pin(app.drain_jobs())));
        let (done, _) = futures_util::future::join(tellings, jobs).await;
        done.into_iter().for_each(|done| done.unwrap());
        app.drain_jobs().await;
        assert_eq!(told(app, "bulletin_published").await, (330, 330));
        // Those who heard of it before it was corrected, and nobody else.
        let (messages, people) = told(app, "bulletin_corrected").await;
        assert_eq!(messages, people);
        assert!((stood..330).contains(&people), "{people}, and {stood} were told before");
        app.act_on_bulletin(&corrected, "withdrawal", note("撤回。")).await;
        let jobs = join_all([app, &other].map(|app| Box::pin(app.drain_jobs())));
        jobs.await;
        app.drain_jobs().await;
        assert_eq!(told(app, "bulletin_withdrawn").await, (330, 330));
        assert_eq!(app.count("SELECT COUNT(*) FROM bulletin_events WHERE told_at IS NULL").await, 0);
        tell_followers(&app.app, bulletin_id, 3).await.unwrap();
        tell_followers(&app.app, Uuid::nil(), 1).await.unwrap();
        assert_eq!(told(app, "bulletin_withdrawn").await, (330, 330));
        other.stop().await;
    }
}
