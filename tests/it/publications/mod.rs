//! Where an article is published to.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, backends};
use uuid::Uuid;

use crate::feeds::{article, correct, publish, withdraw};

fn path(id: impl std::fmt::Display) -> String {
    format!("/api/v1/staff/articles/{id}/publications")
}

async fn list(app: &TestApp, editor: &Person, id: impl std::fmt::Display) -> Vec<Value> {
    let list = app.get(&path(id)).by(editor).send().await.expect(200);
    list["items"].as_array().unwrap().clone()
}

/// Channel, state and version of each.
fn states(list: &[Value]) -> Vec<String> {
    let state = |row: &Value| {
        let word = |field: &str| row[field].as_str().unwrap().to_owned();
        format!("{} {} {}", word("channel"), word("state"), row["revision_number"])
    };
    list.iter().map(state).collect()
}

/// What the sender to the public account will write.
async fn set_draft(app: &TestApp, id: Uuid, change: &str) {
    let id = app.literal(id);
    app.execute(&format!(
        "UPDATE article_publications SET {change} \
         WHERE article_id = {id} AND channel = 'public_account_draft'"
    ))
    .await;
}

backends! {
    async fn a_public_change_of_an_article_goes_to_its_channels(app) {
        let (id, editor) = publish(app, article("甲", "knowledge")).await;
        let first = list(app, &editor, id).await;
        assert_eq!(
            states(&first),
            ["h5 sent 1", "mini_program sent 1", "public_account_draft queued 1"]
        );
        assert_eq!(first[0]["external_id"], app.app.config.article_url(id));
        assert_eq!([&first[2]["external_id"], &first[2]["attempts"]], [&Value::Null, &json!(0)]);
        assert_eq!(first[2]["next_try_at"], "2026-11-20T02:00:00Z");
        // The draft got its id; a correction goes to the same draft.
        set_draft(app, id, "state = 'sent', external_id = 'MEDIA-1', attempts = 2, next_try_at = NULL").await;
        app.advance(TimeDelta::minutes(5));
        correct(app, id, "甲，更正").await;
        let corrected = list(app, &editor, id).await;
        assert_eq!(
            states(&corrected),
            ["h5 sent 2", "mini_program sent 2", "public_account_draft queued 2"]
        );
        assert_eq!([&corrected[2]["external_id"], &corrected[2]["attempts"]], [&json!("MEDIA-1"), &json!(0)]);
        assert_eq!(corrected[2]["next_try_at"], "2026-11-20T02:05:00Z");
        withdraw(app, id).await;
        let gone = list(app, &editor, id).await;
        assert!(states(&gone).iter().all(|state| state.ends_with(" withdrawn 2")), "{gone:?}");
        assert_eq!([&gone[2]["external_id"], &gone[2]["next_try_at"]], [&json!("MEDIA-1"), &Value::Null]);
        assert_eq!(app.count("SELECT COUNT(*) FROM article_publications").await, 3);
    }

    async fn a_draft_is_published_nowhere(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let post = app.post("/api/v1/staff/articles").by(&editor).json(article("甲", "knowledge"));
        let draft = post.send().await.expect(201);
        assert!(list(app, &editor, draft["id"].as_str().unwrap()).await.is_empty());
    }

    async fn retry_article_publication_queues_what_failed(app) {
        let (id, editor) = publish(app, article("甲", "knowledge")).await;
        let retry = |id: Uuid, channel: &str| {
            app.post(&format!("{}/{channel}/retry", path(id))).by(&editor).send()
        };
        for channel in ["mini_program", "h5", "public_account_draft"] {
            retry(id, channel).await.problem(409, "publication_not_failed");
        }
        set_draft(app, id, "state = 'failed', attempts = 5, last_error_code = '45009', next_try_at = NULL").await;
        app.advance(TimeDelta::minutes(5));
        let queued = retry(id, "public_account_draft").await.expect(200);
        assert_eq!([&queued["state"], &queued["next_try_at"]], ["queued", "2026-11-20T02:05:00Z"]);
        assert_eq!([&queued["attempts"], &queued["last_error_code"]], [&json!(5), &json!("45009")]);
        retry(id, "public_account_draft").await.problem(409, "publication_not_failed");
        retry(id, "fax").await.problem(404, "not_found");
        retry(Uuid::nil(), "h5").await.problem(404, "not_found");
        app.get(&path(Uuid::nil())).by(&editor).send().await.problem(404, "not_found");
        let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'article.retry_publication'";
        assert_eq!(app.count(audited).await, 1);
        let lab = app.lab("甲实验室").await;
        app.get(&path(id)).by(&lab.staff).send().await.problem(403, "forbidden");
    }
}
