//! What becomes of both when two accounts are one person's, and of what somebody leaves behind.

use chrono::TimeDelta;
use sanjin::features::readers::service::merge_readers;
use sanjin::platform::db::AuditActor;
use serde_json::{Value, json};
use tests::{Person, TestApp, backends};
use uuid::Uuid;

use super::{FAVOURITES, READING, favour, is_counted_right, read, readership, vote};

/// As a merge of accounts does it: makes room, then moves.
async fn merge(app: &TestApp, from: &Person, into: &Person) {
    let tx = app.app.begin(AuditActor::System).await.unwrap();
    merge_readers(&tx, from.id, into.id).await.unwrap();
    tx.commit().await.unwrap();
    let (from, into) = (app.literal(from.id), app.literal(into.id));
    for table in ["article_favourites", "article_readings", "article_votes"] {
        let sql = format!("UPDATE {table} SET account_id = {into} WHERE account_id = {from}");
        app.execute(&sql).await;
    }
}

fn ids(items: &[Value]) -> Vec<Value> {
    let mut ids: Vec<Value> = items.iter().map(|item| item["id"].clone()).collect();
    ids.sort_by_key(Value::to_string);
    ids
}

fn sorted(ids: &[Uuid]) -> Vec<Value> {
    let mut ids: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
    ids.sort_by_key(Value::to_string);
    ids
}

backends! {
    async fn of_two_about_one_article_the_later_stays(app) {
        let (elder, younger) = (app.resident("elder").await, app.resident("younger").await);
        let (shared, newer, own) =
            (app.article("甲").await, app.article("乙").await, app.article("丙").await);
        for (who, article) in [(&elder, shared), (&younger, shared), (&younger, own)] {
            favour(app, who, article).await.expect(204);
        }
        // The elder's is later on one article, the younger's on the other.
        read(app, &younger, shared, 10).await.expect(204);
        read(app, &elder, newer, 20).await.expect(204);
        vote(app, &younger, shared, json!({ "useful": false })).await.expect(204);
        vote(app, &elder, newer, json!({ "useful": true })).await.expect(204);
        app.advance(TimeDelta::seconds(1));
        read(app, &elder, shared, 30).await.expect(204);
        read(app, &younger, newer, 40).await.expect(204);
        vote(app, &elder, shared, json!({ "useful": true })).await.expect(204);
        vote(app, &younger, newer, json!({ "useful": false, "reason": "outdated" })).await.expect(204);
        vote(app, &younger, own, json!({ "useful": true })).await.expect(204);
        merge(app, &younger, &elder).await;
        assert_eq!(ids(&app.walk(FAVOURITES, Some(&elder), 10).await), sorted(&[shared, own]));
        let read = app.walk(READING, Some(&elder), 10).await;
        assert_eq!(ids(&read), sorted(&[shared, newer]));
        let progress = |id: Uuid| read.iter().find(|item| item["id"] == json!(id)).unwrap()["progress"].clone();
        assert_eq!((progress(shared), progress(newer)), (json!(30), json!(40)));
        for (article, useful, not_useful) in [(shared, 1, 0), (newer, 0, 1), (own, 1, 0)] {
            let numbers = readership(app, article).await;
            assert_eq!([&numbers["useful"], &numbers["not_useful"]], [&json!(useful), &json!(not_useful)]);
        }
        assert!(is_counted_right(app).await);
        // Doing it again changes nothing.
        merge(app, &younger, &elder).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM article_votes").await, 3);
    }
}
