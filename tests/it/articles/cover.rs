//! The picture of an article.

use serde_json::{Value, json};
use tests::{TestResponse, backends, jpeg, pdf, png, webp};
use uuid::Uuid;

use super::{Desk, STAFF, article_body};

const MAX_BYTES: usize = 2 * 1024 * 1024;

async fn put(desk: &Desk<'_>, version: i64, alt: &str, image: &[u8]) -> TestResponse {
    let put = desk.put(&format!("/cover?alt={alt}"), version);
    put.raw("application/octet-stream", image.to_vec()).send().await
}

backends! {
    async fn set_article_cover_serves_the_picture_drawn_anew(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let mut urls = Vec::new();
        for (image, kind) in
            [(jpeg(400, 300), "image/jpeg"), (png(400, 300), "image/png"), (webp(400, 300), "image/jpeg")]
        {
            let version = desk.seen().await["version"].as_i64().unwrap();
            let set = put(&desk, version, "%E5%BA%A7%E6%A4%85", &image).await;
            let view = set.expect(200);
            assert_eq!(view["cover_alt"], "座椅");
            assert_eq!([&view["cover_width"], &view["cover_height"]], [400, 300]);
            assert_eq!(set.header("etag"), format!("\"{}\"", version + 1));
            let note = if urls.is_empty() { json!({}) } else { json!({ "note": "换图" }) };
            desk.publish_noting(note).await.expect(200);
            let url = view["cover_url"].as_str().unwrap().to_owned();
            for (query, width) in [("", 400), ("?width=320", 320)] {
                let picture = app.get(&format!("{url}{query}")).send().await;
                assert_eq!(picture.status, 200);
                assert_eq!(image::load_from_memory(&picture.body).unwrap().width(), width);
                assert_eq!(picture.header("content-type"), kind);
                assert!(picture.header("cache-control").contains("immutable"));
                assert_eq!(picture.header("x-content-type-options"), "nosniff");
                assert!(picture.header("content-disposition").starts_with("attachment"));
            }
            urls.push(url);
        }
        urls.dedup();
        assert_eq!(urls.len(), 3, "a key is never used twice");
        assert_eq!(desk.read().await.expect(200)["cover_url"], urls[2]);
        // The earlier ones belong to nothing any more.
        app.get(&urls[0]).send().await.problem(404, "not_found");
    }

    async fn get_article_cover_of_a_draft_is_for_staff(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let view = put(&desk, 0, "x", &jpeg(9, 9)).await.expect(200);
        let url = view["cover_url"].as_str().unwrap();
        app.get(url).send().await.problem(404, "not_found");
        let staff = url.replace("/covers/", "/staff/media/files/");
        assert_eq!(app.get(&staff).by(&desk.editor).send().await.status, 200);
        desk.publish().await.expect(200);
        assert_eq!(app.get(url).send().await.status, 200);
        desk.unpublish().await.expect(200);
        app.get(url).send().await.problem(404, "not_found");
    }

    async fn set_article_cover_that_is_no_picture_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        for content in [
            &b""[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            b"<html><script>alert(1)</script>",
            b"GIF89a",
            b"\x89PNG",
            b"RIFF\0\0\0\0WAVE",
            &pdf(""),
            &jpeg(90, 90)[..200],
            &tests::png_head(50_000, 50_000),
        ] {
            put(&desk, 0, "x", content).await.problem(422, "cover_invalid");
        }
        let view = app.get(&desk.staff_path()).by(&desk.editor).send().await.expect(200);
        assert_eq!([&view["cover_url"], &view["version"]], [&Value::Null, &json!(0)]);
        assert_eq!(app.stored_files(), 0);
    }

    async fn set_article_cover_of_two_megabytes_is_accepted_and_no_more(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let mut image = jpeg(9, 9);
        image.resize(MAX_BYTES, 0);
        put(&desk, 0, "x", &image).await.expect(200);
        image.push(0);
        put(&desk, 1, "x", &image).await.problem(413, "body_too_large");
    }

    async fn set_article_cover_without_a_description_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        for alt in ["", "%20", "a%0Ab", "%E2%80%AEx", &"x".repeat(121)] {
            put(&desk, 0, alt, &jpeg(9, 9)).await.invalid("alt");
        }
        desk.put("/cover", 0).raw("image/jpeg", jpeg(9, 9)).send().await.invalid("alt");
        let unknown = desk.put("/cover?alt=x&crop=1", 0).raw("image/jpeg", jpeg(9, 9)).send().await;
        unknown.invalid("crop");
        assert_eq!(app.stored_files(), 0);
    }

    async fn set_article_cover_of_another_version_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        put(&desk, 1, "x", &jpeg(9, 9)).await.problem(412, "stale_version");
        let path = format!("{}/cover?alt=x", desk.staff_path());
        let bare = app.put(&path).by(&desk.editor).raw("image/jpeg", jpeg(9, 9)).send().await;
        bare.problem(428, "precondition_required");
        let path = format!("{}/{}/cover?alt=x", STAFF, Uuid::nil());
        let nothing = app.put(&path).by(&desk.editor).header("if-match", "\"0\"");
        nothing.raw("image/jpeg", jpeg(9, 9)).send().await.problem(404, "not_found");
    }

    async fn get_article_cover_of_a_key_we_never_gave_is_refused(app) {
        let id = Uuid::nil();
        for key in [
            format!("{id}.jpg"),
            format!("{id}.svg"),
            format!("{id}"),
            format!("..%2Fcovers%2F{id}.jpg"),
            "..%2F..%2Ftest.db".to_owned(),
            "%2e%2e".to_owned(),
            "%ff.jpg".to_owned(),
            "x".repeat(400),
        ] {
            app.get(&format!("/api/v1/covers/{key}")).send().await.problem(404, "not_found");
        }
    }
}
