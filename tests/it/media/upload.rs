//! A ticket and its bytes.

use chrono::TimeDelta;
use image::Pixel as _;
use serde_json::{Value, json};
use tests::{
    Role, backends, gif, jpeg, jpeg_of_a_camera, on_s3, pdf, png, png_head, raw_http, webp,
};
use uuid::Uuid;

use super::{JPEG, sent, states};

const TICKETS: &str = "/api/v1/media/tickets";
const HTML: &[u8] = b"<html><script>alert(1)</script><?php system('x'); ?>";

fn ticket_body() -> Value {
    json!({ "purpose": "complaint_evidence", "media_type": "image/jpeg", "size": 9 })
}

backends! {
    async fn create_media_ticket_tells_where_and_until_when(app) {
        let person = app.resident("xiaoming").await;
        let ticket = app.ticket("media", &person, JPEG, &jpeg(9, 9)).await;
        let view = ticket.expect(201);
        let id = view["id"].as_str().unwrap();
        assert_eq!(view["upload_url"], format!("/api/v1/media/uploads/{id}"));
        assert_eq!(view["expires_at"], "2026-11-20T02:15:00Z");
        assert_eq!(ticket.header("cache-control"), "no-store");
        let editor = app.staff(Role::Editor, "country").await;
        let ticket = app.ticket("staff/media", &editor, ("article_document", "application/pdf"), &pdf("")).await;
        let url = ticket.expect(201)["upload_url"].clone();
        assert!(url.as_str().unwrap().starts_with("/api/v1/staff/media/uploads/"));
    }

    async fn create_media_ticket_for_what_is_not_taken_is_refused(app) {
        let person = app.resident("xiaoming").await;
        app.refuses_each(|| app.post(TICKETS).by(&person), &ticket_body(), [
            ("purpose", json!("article_image")),
            ("purpose", json!("article_cover")),
            ("purpose", json!("avatar")),
            ("purpose", json!(null)),
            ("media_type", json!("image/svg+xml")),
            ("media_type", json!("text/html")),
            ("media_type", json!("image/jpeg; charset=utf-8")),
            // A kind that is known and not taken as evidence.
            ("media_type", json!("image/gif")),
            ("size", json!(0)),
            ("size", json!(-1)),
            ("size", json!(10 * 1024 * 1024 + 1)),
            ("size", json!(i64::from(i32::MAX) + 1)),
            ("size", json!("9")),
            ("sha256", json!("")),
            ("sha256", json!("0".repeat(63))),
            ("sha256", json!("g".repeat(64))),
            ("file_name", json!("../../etc/passwd")),
        ]).await;
        let editor = app.staff(Role::Editor, "country").await;
        let post = || app.post("/api/v1/staff/media/tickets").by(&editor);
        app.refuses_each(post, &ticket_body(), [
            ("purpose", json!("complaint_evidence")), ("purpose", json!("article_cover")),
        ]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM media_files").await, 0);
    }

    async fn upload_media_keeps_what_is_seen_and_nothing_else(app) {
        let person = app.resident("xiaoming").await;
        let planted = "39.9042N,116.4074E";
        let mut content = jpeg_of_a_camera(40, 20, 6, planted);
        content.extend(HTML);
        let reader = image::ImageReader::new(std::io::Cursor::new(&content)).with_guessed_format();
        let mut camera = reader.unwrap().into_decoder().unwrap();
        let turned = image::ImageDecoder::orientation(&mut camera).unwrap();
        assert_eq!(turned, image::metadata::Orientation::Rotate90, "the planted EXIF is understood");
        let file = sent(app, &person, "image/jpeg", &content).await.expect(200);
        assert_eq!([&file["width"], &file["height"]], [20, 40], "as it is seen");
        let key = app.text("SELECT storage_key FROM media_files").await.unwrap();
        let stored = app.app.storage.read(&format!("{key}.full")).await.unwrap();
        assert_eq!(file["bytes"], stored.len());
        for trace in [b"Exif", &b"GPS"[..], b"II*", planted.as_bytes(), b"script", b"php"] {
            assert!(!stored.windows(trace.len()).any(|w| w == trace), "{trace:?} is still there");
        }
        // What was on the left is on top.
        let picture = image::load_from_memory(&stored).unwrap().into_rgb8();
        let (top, bottom) = (picture.get_pixel(10, 5).channels(), picture.get_pixel(10, 35).channels());
        assert!(top[0] > 150 && top[2] < 80 && bottom[0] < 80 && bottom[2] > 150, "{top:?} {bottom:?}");
    }

    async fn upload_media_takes_every_kind_of_its_purpose(app) {
        let person = app.resident("xiaoming").await;
        for (kind, content, kept) in [
            ("image/jpeg", jpeg(30, 20), "image/jpeg"),
            ("image/png", png(30, 20), "image/png"),
            ("image/webp", webp(30, 20), "image/jpeg"),
        ] {
            let file = sent(app, &person, kind, &content).await.expect(200);
            assert_eq!(file["media_type"], kept);
            assert_eq!([&file["width"], &file["height"]], [30, 20]);
        }
        let file = sent(app, &person, "application/pdf", &pdf("")).await.expect(200);
        assert_eq!([&file["media_type"], &file["width"]], [&json!("application/pdf"), &Value::Null]);
        let editor = app.staff(Role::Editor, "country").await;
        let ticket = app.ticket("staff/media", &editor, ("article_image", "image/gif"), &gif(9, 9)).await;
        let file = app.put_file(&editor, &ticket.expect(201), &gif(9, 9)).await.expect(200);
        assert_eq!(file["media_type"], "image/png");
    }

    async fn upload_media_that_is_not_what_it_says_is_refused_for_good(app) {
        let person = app.resident("xiaoming").await;
        let (picture, document) = (jpeg(60, 40), pdf(""));
        let polyglot = [b"GIF89a/*", HTML].concat();
        let script = [&b"\xFF\xD8\xFF\xE0"[..], HTML].concat();
        let zipped = [&document[..], b"PK\x03\x04 and what a zip holds"].concat();
        for (kind, content, code) in [
            ("image/png", &picture[..], "media_rejected"),
            ("application/pdf", &picture, "media_rejected"),
            ("image/jpeg", &document, "media_rejected"),
            ("image/jpeg", &gif(9, 9), "media_rejected"),
            ("image/jpeg", &polyglot, "media_rejected"),
            ("image/jpeg", &script, "media_rejected"),
            ("image/jpeg", HTML, "media_rejected"),
            ("image/png", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>", "media_rejected"),
            ("image/jpeg", b"PK\x03\x04", "media_rejected"),
            ("image/jpeg", &picture[..picture.len() / 2], "media_rejected"),
            ("image/png", b"\x89PNG\r\n\x1a\n", "media_rejected"),
            ("image/png", &png_head(1, 1), "media_rejected"),
            ("image/png", &png_head(50_000, 50_000), "media_too_large"),
            ("image/png", &png_head(24_001, 1_000), "media_too_large"),
            ("image/webp", b"RIFF\xFF\xFF\xFF\x7FWEBPVP8 ", "media_rejected"),
            ("application/pdf", &zipped, "media_rejected"),
            ("application/pdf", b"%PDF-1.7", "media_rejected"),
            ("application/pdf", &pdf("/OpenAction << /S /JavaScript /JS (x) >>"), "media_active"),
            ("application/pdf", &pdf("/S /L#61unch"), "media_active"),
        ] {
            let ticket = app.ticket("media", &person, ("complaint_evidence", kind), content).await;
            let ticket = ticket.expect(201);
            app.put_file(&person, &ticket, content).await.problem(422, code);
            app.put_file(&person, &ticket, content).await.problem(409, "media_ticket_closed");
        }
        assert_eq!(states(app, "rejected").await, 19);
        assert_eq!(app.stored_files(), 0);
    }

    async fn upload_media_that_went_wrong_on_the_way_may_be_repeated(app) {
        let person = app.resident("xiaoming").await;
        let content = jpeg(60, 40);
        let mut input = ticket_body();
        input["size"] = json!(content.len());
        // Of other bytes; capital digits are digits.
        input["sha256"] = json!("2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824");
        let ticket = app.post(TICKETS).by(&person).json(input).send().await.expect(201);
        app.put_file(&person, &ticket, &content).await.problem(422, "media_mismatch");
        let ticket = app.ticket("media", &person, JPEG, &content).await.expect(201);
        let longer = [&content[..], b"x"].concat();
        app.put_file(&person, &ticket, &longer).await.problem(413, "body_too_large");
        app.put_file(&person, &ticket, &vec![0; 3_000_000]).await.problem(413, "body_too_large");
        app.put_file(&person, &ticket, &content[1..]).await.problem(422, "media_mismatch");
        app.put_file(&person, &ticket, b"").await.problem(422, "media_mismatch");
        assert_eq!((states(app, "pending").await, app.stored_files()), (2, 0));
        // In pieces, without a length.
        let head = format!(
            "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\n\r\n",
            ticket["upload_url"].as_str().unwrap(), person.token
        );
        let pieces = |content: &[u8]| {
            let mut request = head.clone().into_bytes();
            for piece in content.chunks(100) {
                request.extend(format!("{:x}\r\n", piece.len()).into_bytes());
                request.extend([piece, b"\r\n"].concat());
            }
            [&request[..], b"0\r\n\r\n"].concat()
        };
        let reply = raw_http(app.address, &pieces(&longer)).await;
        assert!(reply.starts_with("HTTP/1.1 413"), "{reply}");
        let reply = raw_http(app.address, &pieces(&content)).await;
        assert!(reply.starts_with("HTTP/1.1 200") && reply.contains("\"ready\""), "{reply}");
        app.put_file(&person, &ticket, &content).await.problem(409, "media_ticket_closed");
    }

    async fn upload_media_of_another_or_too_late_is_refused(app) {
        let (owner, thief) = (app.resident("xiaoming").await, app.resident("dahei").await);
        let editor = app.staff(Role::Editor, "country").await;
        let content = jpeg(9, 9);
        let ticket = app.ticket("media", &owner, JPEG, &content).await.expect(201);
        app.put_file(&thief, &ticket, &content).await.problem(404, "not_found");
        app.put_file(&editor, &ticket, &content).await.problem(401, "token_invalid");
        let path = format!("/api/v1/staff/media/uploads/{}", ticket["id"].as_str().unwrap());
        let put = app.put(&path).by(&editor).raw("image/jpeg", content.clone()).send().await;
        put.problem(404, "not_found");
        // Nor is a colleague's.
        let colleague = app.staff(Role::Editor, "country").await;
        let theirs = app.ticket("staff/media", &colleague, ("article_image", "image/jpeg"), &content);
        let theirs = theirs.await.expect(201);
        app.put_file(&editor, &theirs, &content).await.problem(404, "not_found");
        for id in [Uuid::nil().to_string(), "7".to_owned(), "..%2F..%2Fx".to_owned()] {
            let put = app.put(&format!("/api/v1/media/uploads/{id}")).by(&owner);
            put.raw("image/jpeg", content.clone()).send().await.problem(404, "not_found");
        }
        app.advance(TimeDelta::seconds(899));
        app.put_file(&owner, &ticket, b"").await.problem(422, "media_mismatch");
        app.advance(TimeDelta::seconds(1));
        let owner = app.resident("xiaoming").await;
        app.put_file(&owner, &ticket, &content).await.problem(409, "media_ticket_closed");
        assert_eq!(app.stored_files(), 0);
    }

    async fn upload_media_into_a_storage_that_is_gone_may_be_repeated(app) {
        let person = app.resident("xiaoming").await;
        let content = jpeg(9, 9);
        let ticket = app.ticket("media", &person, JPEG, &content).await.expect(201);
        // A file where a folder has to be.
        let folder = std::path::Path::new(&app.app.config.storage.root).join("media");
        std::fs::write(&folder, "").unwrap();
        app.put_file(&person, &ticket, &content).await.problem(503, "unavailable");
        std::fs::remove_file(folder).unwrap();
        app.put_file(&person, &ticket, &content).await.expect(200);
        let key = app.text("SELECT storage_key FROM media_files").await.unwrap();
        let log = app.log_lines();
        assert!(log.iter().any(|line| line.contains("[key]")), "the cause is logged");
        assert!(!log.iter().any(|line| line.contains(&key)), "a key is in the log");
    }

    async fn create_media_ticket_beyond_what_is_loose_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let content = jpeg(9, 9);
        for _ in 0..40 {
            app.ticket("media", &person, JPEG, &content).await.expect(201);
        }
        app.ticket("media", &person, JPEG, &content).await.problem(409, "media_too_many");
        let other = app.resident("xiaohong").await;
        app.ticket("media", &other, JPEG, &content).await.expect(201);
        app.advance(TimeDelta::hours(1));
        app.drain_jobs().await;
        let person = app.resident("xiaoming").await;
        app.ticket("media", &person, JPEG, &content).await.expect(201);
    }

    async fn upload_media_to_a_bucket_works_from_ticket_to_end(app, config => { on_s3(config); }) {
        let person = app.resident("xiaoming").await;
        let id = app.evidence(&person, "image/jpeg", &jpeg(1_000, 500)).await;
        let mut body = tests::complaint_body();
        body["evidence_media_ids"] = json!([id]);
        let post = app.post("/api/v1/complaints").by(&person).json(body);
        let complaint = post.send().await.expect(201);
        let url = complaint["evidence"][0]["url"].as_str().unwrap();
        for (query, width) in [("", 1_000), ("?width=900", 960), ("?width=300", 320)] {
            let reply = app.get(&format!("{url}{query}")).by(&person).send().await;
            assert_eq!(image::load_from_memory(&reply.body).unwrap().width(), width);
        }
        app.evidence(&person, "image/jpeg", &jpeg(9, 9)).await;
        let stored = async || app.app.storage.list("media/").await.unwrap().len();
        assert_eq!(stored().await, 4);
        app.advance(TimeDelta::hours(25));
        app.drain_jobs().await;
        assert_eq!(stored().await, 3, "the orphan is gone");
    }
}
