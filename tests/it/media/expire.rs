//! What nobody uses goes, and nothing else, wherever a run broke off.

use chrono::TimeDelta;
use serde_json::json;
use tests::{Role, backends, complaint_body, jpeg};

use super::{JPEG, states};

backends! {
    async fn files_that_nothing_refers_to_are_deleted_after_their_time(app) {
        let person = app.resident("xiaoming").await;
        let kept = app.evidence(&person, "image/jpeg", &jpeg(1_000, 10)).await;
        let mut body = complaint_body();
        body["evidence_media_ids"] = json!([kept]);
        let complaint = app.post("/api/v1/complaints").by(&person).json(body).send().await.expect(201);
        app.evidence(&person, "image/jpeg", &jpeg(1_000, 10)).await;
        app.ticket("media", &person, JPEG, b"never sent").await.expect(201);
        let wrong = app.ticket("media", &person, JPEG, b"no picture").await.expect(201);
        app.put_file(&person, &wrong, b"no picture").await.problem(422, "media_rejected");
        app.drain_jobs().await;
        assert_eq!(app.stored_files(), 6);
        assert_eq!(app.count("SELECT COUNT(*) FROM media_files").await, 4);
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        assert_eq!(states(app, "pending").await, 0, "the ticket's time is over");
        assert_eq!(app.count("SELECT COUNT(*) FROM media_files").await, 3);
        app.advance(TimeDelta::hours(23));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM media_files").await, 1);
        assert_eq!(app.stored_files(), 3);
        app.advance(TimeDelta::days(60));
        app.drain_jobs().await;
        let person = app.resident("xiaoming").await;
        let url = complaint["evidence"][0]["url"].as_str().unwrap();
        assert_eq!(app.get(url).by(&person).send().await.status, 200, "evidence stays");
    }

    async fn a_deletion_that_broke_off_is_finished_by_the_next(app) {
        let person = app.resident("xiaoming").await;
        for _ in 0..3 {
            app.evidence(&person, "image/jpeg", &jpeg(9, 9)).await;
        }
        // Marked, bytes not yet deleted; in the middle of an upload; bytes gone, row still there.
        let states = ["deleted", "checking", "deleted"];
        let ids = app.ids("media_files").await;
        let ids: Vec<String> = ids.into_iter().map(|id| app.literal(id)).collect();
        for (id, state) in ids.iter().zip(states) {
            app.execute(&format!("UPDATE media_files SET state = '{state}' WHERE id = {id}")).await;
        }
        let key = app.text(&format!("SELECT storage_key FROM media_files WHERE id = {}", ids[2])).await;
        app.app.storage.delete(&format!("{}.full", key.unwrap())).await.unwrap();
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM media_files").await, 1);
        app.advance(TimeDelta::hours(25));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM media_files").await, 0);
        assert_eq!(app.stored_files(), 0);
    }

    async fn a_storage_that_is_gone_keeps_the_rows_until_it_is_back(app) {
        let person = app.resident("xiaoming").await;
        app.evidence(&person, "image/jpeg", &jpeg(9, 9)).await;
        app.advance(TimeDelta::hours(25));
        let root = std::path::Path::new(&app.app.config.storage.root);
        let day = root.join("media/20261120");
        std::fs::rename(&day, root.join("aside")).unwrap();
        // A file where a folder has to be.
        std::fs::write(&day, "").unwrap();
        app.drain_jobs().await;
        assert_eq!(states(app, "deleted").await, 1);
        std::fs::remove_file(&day).unwrap();
        std::fs::rename(root.join("aside"), &day).unwrap();
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM media_files").await, 0);
        assert_eq!(app.stored_files(), 0);
    }

    async fn files_of_earlier_days_that_no_row_knows_are_swept(app) {
        let editor = app.staff(Role::Editor, "country").await;
        let id = app.article_picture(&editor, &jpeg(1_000, 10)).await;
        let text = json!({
            "title": "题", "body_markdown": format!("![x](/api/v1/media/files/{id})"), "category": "knowledge",
        });
        app.post("/api/v1/staff/articles").by(&editor).json(text).send().await.expect(201);
        let lost = ["media/20261120/lost.full", "media/20261119/lost.320", "media/20261122/fresh.full", "other/x"];
        for key in lost {
            app.app.storage.write(key, "x".into()).await.unwrap();
        }
        app.advance(TimeDelta::days(2));
        app.drain_jobs().await;
        let storage = &app.app.storage;
        let mut left = Vec::new();
        for key in lost {
            left.push(storage.read(key).await.is_ok());
        }
        assert_eq!(left, [false, false, true, true]);
        assert_eq!(app.stored_files(), 5, "what a row knows stays");
    }
}
