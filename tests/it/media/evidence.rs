//! What a complainant shows, and who sees it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{
    Person, Role, TestApp, TestResponse, backends, complaint_body, jpeg, jpeg_of_a_camera, pdf,
};
use uuid::Uuid;

async fn complain(app: &TestApp, person: &Person, evidence: Value) -> TestResponse {
    let mut body = complaint_body();
    body["evidence_media_ids"] = evidence;
    app.post("/api/v1/complaints").by(person).json(body).send().await
}

backends! {
    async fn submit_complaint_with_evidence_shows_it_to_both_parties(app) {
        let person = app.resident("xiaoming").await;
        let picture = app.evidence(&person, "image/jpeg", &jpeg(1_000, 500)).await;
        app.advance(TimeDelta::seconds(1));
        let invoice = app.evidence(&person, "application/pdf", &pdf("")).await;
        let complaint = complain(app, &person, json!([invoice, picture])).await.expect(201);
        let evidence = complaint["evidence"].as_array().unwrap();
        // In the order of the uploads.
        assert_eq!([&evidence[0]["id"], &evidence[1]["id"]], [&picture, &invoice]);
        assert_eq!([&evidence[0]["width"], &evidence[0]["height"]], [1_000, 500]);
        assert_eq!(evidence[1]["media_type"], "application/pdf");
        let file = app.get(evidence[1]["url"].as_str().unwrap()).by(&person).send().await;
        assert_eq!((file.status.as_u16(), file.body), (200, pdf("")));

        let handler = app.staff(Role::CaseHandler, "region:11").await;
        let path = format!("/api/v1/staff/complaints/{}", complaint["id"].as_str().unwrap());
        let seen = app.get(&path).by(&handler).send().await.expect(200);
        let url = seen["evidence"][0]["url"].as_str().unwrap();
        let looks = "SELECT COUNT(*) FROM audit_entries WHERE action = 'complaint.read_evidence'";
        assert_eq!(app.count(looks).await, 0);
        for (query, width) in [("", 1_000), ("?width=320", 320), ("?width=961", 1_000)] {
            let reply = app.get(&format!("{url}{query}")).by(&handler).send().await;
            assert_eq!(reply.status, 200);
            assert_eq!(image::load_from_memory(&reply.body).unwrap().width(), width);
            assert_eq!(reply.header("content-length"), reply.body.len().to_string());
            for (name, value) in [
                ("content-type", "image/jpeg"),
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(reply.header(name), value, "{name}");
            }
            let disposition = reply.header("content-disposition");
            assert!(disposition.starts_with("attachment; filename=\"0") && disposition.ends_with(".jpg\""));
        }
        assert_eq!(app.count(looks).await, 3);
    }

    async fn get_complaint_evidence_of_somebody_else_is_refused(app) {
        let (owner, thief) = (app.resident("xiaoming").await, app.resident("dahei").await);
        let id = app.evidence(&owner, "image/jpeg", &jpeg(9, 9)).await;
        let complaint = complain(app, &owner, json!([id])).await.expect(201);
        let theirs = complain(app, &thief, json!([])).await.expect(201);
        let id = id.as_str().unwrap();
        let (complaint, theirs) = (complaint["id"].as_str().unwrap(), theirs["id"].as_str().unwrap());
        let path = |complaint: &str| format!("/api/v1/complaints/{complaint}/evidence/{id}");
        app.get(&path(complaint)).by(&owner).send().await;
        for complaint in [complaint, theirs, &Uuid::nil().to_string(), "7"] {
            let get = app.get(&path(complaint)).by(&thief).send().await;
            get.problem(404, "not_found");
        }
        let staff = |complaint: &str| format!("/api/v1/staff/complaints/{complaint}/evidence/{id}");
        let stranger = app.staff(Role::CaseHandler, "region:31").await;
        app.get(&staff(complaint)).by(&stranger).send().await.problem(404, "not_found");
        let handler = app.staff(Role::CaseHandler, "region:11").await;
        assert_eq!(app.get(&staff(complaint)).by(&handler).send().await.status, 200);
        // A file of one complaint is not a file of another.
        app.get(&staff(theirs)).by(&handler).send().await.problem(404, "not_found");
        let editor = app.staff(Role::Editor, "country").await;
        app.get(&staff(complaint)).by(&editor).send().await.problem(403, "forbidden");
        app.get(&format!("/api/v1/staff/media/files/{id}")).by(&editor).send().await.problem(404, "not_found");
        for path in [format!("/api/v1/media/files/{id}"), format!("/api/v1/covers/{id}")] {
            app.get(&path).send().await.problem(404, "not_found");
        }
        app.get(&path(complaint)).send().await.problem(401, "unauthenticated");
    }

    async fn submit_complaint_with_evidence_that_cannot_be_used_is_refused(app) {
        let (person, other) = (app.resident("xiaoming").await, app.resident("dahei").await);
        let content = jpeg(9, 9);
        let used = app.evidence(&person, "image/jpeg", &content).await;
        complain(app, &person, json!([used])).await.expect(201);
        let theirs = app.evidence(&other, "image/jpeg", &content).await;
        let ticket = app.ticket("media", &person, crate::media::JPEG, &content).await.expect(201);
        let script = app.ticket("media", &person, crate::media::JPEG, b"<script>").await.expect(201);
        app.put_file(&person, &script, b"<script>").await.problem(422, "media_rejected");
        let editor = app.staff(Role::Editor, "country").await;
        let for_articles = app.article_picture(&editor, &content).await;
        let good = app.evidence(&person, "image/jpeg", &content).await;
        for id in [
            &used, &theirs, &ticket["id"], &script["id"], &json!(for_articles), &json!(Uuid::nil()),
        ] {
            let problem = complain(app, &person, json!([good, id])).await;
            let problem = problem.problem(422, "media_unavailable");
            assert_eq!(problem["errors"][0]["path"], "evidence_media_ids");
        }
        complain(app, &person, json!([good, good])).await.invalid("evidence_media_ids");
        let ten: Vec<Uuid> = (0..10).map(Uuid::from_u128).collect();
        complain(app, &person, json!(ten)).await.invalid("evidence_media_ids");
        complain(app, &person, json!(null)).await.invalid("evidence_media_ids");
        complain(app, &person, json!(["x"])).await.invalid("evidence_media_ids[0]");
        assert_eq!(app.count("SELECT COUNT(*) FROM complaints").await, 1);
        complain(app, &person, json!([good])).await.expect(201);
    }

    async fn a_file_leaves_no_trace_in_log_jobs_or_audit(app) {
        let person = app.resident("xiaoming").await;
        let planted = "planted-place-39.9042N";
        let id = app.evidence(&person, "image/jpeg", &jpeg_of_a_camera(9, 9, 1, planted)).await;
        let complaint = complain(app, &person, json!([id])).await.expect(201);
        let url = complaint["evidence"][0]["url"].as_str().unwrap();
        assert_eq!(app.get(url).by(&person).send().await.status, 200);
        app.drain_jobs().await;
        let key = app.text("SELECT storage_key FROM media_files").await.unwrap();
        assert!(key.len() > 50, "{key}");
        let mut texts = app.log_lines();
        for table in ["jobs", "audit_entries", "complaint_events", "idempotency_keys"] {
            texts.push(app.dump(table).await);
        }
        texts.push(complaint.to_string());
        for secret in [key.as_str(), planted] {
            assert!(!texts.iter().any(|text| text.contains(secret)), "{secret}");
        }
        assert_eq!(app.tables_with(planted).await, Vec::<String>::new());
    }
}
