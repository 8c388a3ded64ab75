//! Samples and reports, raced.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{TestResponse, backends, wide_pool};

use super::{failed, id, simple_visit};

fn tally(replies: &[TestResponse]) -> BTreeMap<String, usize> {
    replies.iter().fold(BTreeMap::new(), |mut tally, reply| {
        let code = match reply.status.is_success() {
            true => "ok".to_owned(),
            false => reply.json()["code"].as_str().unwrap().to_owned(),
        };
        *tally.entry(code).or_default() += 1;
        tally
    })
}

const CROWD: usize = 16;

backends! {
    async fn publish_report_by_many_at_once_gives_one(app, config => { wide_pool(config); }) {
        let visit = simple_visit(app).await;
        let sample = visit.sample(app).await;
        let starts = join_all((0..CROWD).map(|_| visit.start(app))).await;
        assert_eq!(tally(&starts)["ok"], 1, "{:?}", tally(&starts));
        let documents: Vec<Value> =
            join_all((0..CROWD).map(|n| {
                let visit = &visit;
                async move { visit.document(app, &format!("/Title ({n})")).await }
            })).await;
        let asks = documents.iter().map(|document| visit.publish(app, document, vec![failed(sample)]));
        let replies = join_all(asks).await;
        let tally = tally(&replies);
        assert_eq!((tally["ok"], tally["booking_not_pending"]), (1, CROWD - 1), "{tally:?}");
        for (table, wanted) in [
            ("lab_reports", 1), ("lab_results", 1), ("risk_leads", 1),
            ("notifications WHERE kind = 'booking_result'", 1),
            ("sample_events WHERE to_status = 'in_testing'", 1),
            ("media_files WHERE holder_id IS NOT NULL", 1),
        ] {
            assert_eq!(app.count(&format!("SELECT COUNT(*) FROM {table}")).await, wanted, "{table}");
        }
        app.drain_jobs().await;
    }

    async fn correct_report_by_many_at_once_gives_one_revision(app, config => { wide_pool(config); }) {
        let visit = simple_visit(app).await;
        let first = visit.finish(app, |sample| vec![failed(sample)]).await;
        let (sample, version) = (id(&first["samples"][0]["id"]), first["version"].as_i64().unwrap());
        let mut documents = Vec::new();
        for n in 0..CROWD {
            documents.push(visit.document(app, &format!("/Title (again {n})")).await);
        }
        let asks = documents.iter().map(|document| visit.correct(app, version, document, vec![failed(sample)]));
        let tally = tally(&join_all(asks).await);
        assert_eq!((tally["ok"], tally["stale_version"]), (1, CROWD - 1), "{tally:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM lab_reports").await, 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM lab_reports WHERE status = 'valid'").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM risk_leads WHERE status = 'new'").await, 1);
        app.drain_jobs().await;
    }

    async fn register_sample_by_many_at_once_keeps_to_the_bound(app, config => { wide_pool(config); }) {
        let visit = simple_visit(app).await;
        let asks = (0..CROWD).map(|_| visit.register(app, json!({ "product_name": "玩具" })));
        let tally = tally(&join_all(asks).await);
        assert_eq!((tally["ok"], tally["sample_limit_reached"]), (3, CROWD - 3), "{tally:?}");
        assert_eq!(app.count("SELECT COUNT(DISTINCT position) FROM samples").await, 3);
    }

    async fn custody_by_many_at_once_is_one_link(app, config => { wide_pool(config); }) {
        let visit = simple_visit(app).await;
        let sample = visit.sample(app).await;
        let path = format!("/api/v1/staff/samples/{sample}/custody-events");
        let asks = (0..CROWD).map(|_| {
            let request = app.post(&path).by(&visit.staff).header("if-match", "\"0\"");
            request.json(json!({ "to": "stored" })).send()
        });
        let tally = tally(&join_all(asks).await);
        assert_eq!((tally["ok"], tally["stale_version"]), (1, CROWD - 1), "{tally:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM sample_events").await, 2);
    }
}
