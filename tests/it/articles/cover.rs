//! The picture of an article.

use serde_json::{Value, json};
use tests::{TestApp, TestResponse, backends};
use uuid::Uuid;

use super::{Desk, STAFF, article_body};

const MAX_BYTES: usize = 2 * 1024 * 1024;
const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10, b'J', b'F', b'I', b'F'];
const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0];
const WEBP: &[u8] = b"RIFF\x08\0\0\0WEBPVP8 ";

async fn put(desk: &Desk<'_>, version: i64, alt: &str, image: &[u8]) -> TestResponse {
    let put = desk.put(&format!("/cover?alt={alt}"), version);
    put.raw("application/octet-stream", image.to_vec()).send().await
}

fn stored_files(app: &TestApp) -> usize {
    let folder = std::path::Path::new(&app.app.config.storage.root).join("covers");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

backends! {
    async fn set_article_cover_serves_the_picture_by_its_kind(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let mut urls = Vec::new();
        for (version, (image, kind)) in
            [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")].into_iter().enumerate()
        {
            let set = put(&desk, version.try_into().unwrap(), "%E5%BA%A7%E6%A4%85", image).await;
            let view = set.expect(200);
            assert_eq!(view["cover_alt"], "座椅");
            assert_eq!(set.header("etag"), format!("\"{}\"", version + 1));
            let url = view["cover_url"].as_str().unwrap().to_owned();
            let picture = app.get(&url).send().await;
            assert_eq!((picture.status.as_u16(), picture.body.as_slice()), (200, image));
            assert_eq!(picture.header("content-type"), kind);
            assert!(picture.header("cache-control").contains("immutable"));
            assert_eq!(picture.header("x-content-type-options"), "nosniff");
            urls.push(url);
        }
        urls.dedup();
        assert_eq!(urls.len(), 3, "a key is never used twice");
        desk.publish().await.expect(200);
        assert_eq!(desk.read().await.expect(200)["cover_url"], urls[2]);
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
            b"%PDF-1.7",
        ] {
            put(&desk, 0, "x", content).await.problem(422, "cover_invalid");
        }
        let view = app.get(&desk.staff_path()).by(&desk.editor).send().await.expect(200);
        assert_eq!([&view["cover_url"], &view["version"]], [&Value::Null, &json!(0)]);
        assert_eq!(stored_files(app), 0);
    }

    async fn set_article_cover_of_two_megabytes_is_accepted_and_no_more(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        let mut image = JPEG.to_vec();
        image.resize(MAX_BYTES, 0);
        put(&desk, 0, "x", &image).await.expect(200);
        image.push(0);
        put(&desk, 1, "x", &image).await.problem(413, "body_too_large");
    }

    async fn set_article_cover_without_a_description_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        for alt in ["", "%20", "a%0Ab", "%E2%80%AEx", &"x".repeat(121)] {
            put(&desk, 0, alt, JPEG).await.invalid("alt");
        }
        desk.put("/cover", 0).raw("image/jpeg", JPEG).send().await.invalid("alt");
        let unknown = desk.put("/cover?alt=x&crop=1", 0).raw("image/jpeg", JPEG).send().await;
        unknown.invalid("crop");
        assert_eq!(stored_files(app), 0);
    }

    async fn set_article_cover_of_another_version_is_refused(app) {
        let desk = Desk::with_draft(app, article_body("甲")).await;
        put(&desk, 1, "x", JPEG).await.problem(412, "stale_version");
        let path = format!("{}/cover?alt=x", desk.staff_path());
        let bare = app.put(&path).by(&desk.editor).raw("image/jpeg", JPEG).send().await;
        bare.problem(428, "precondition_required");
        let path = format!("{}/{}/cover?alt=x", STAFF, Uuid::nil());
        let nothing = app.put(&path).by(&desk.editor).header("if-match", "\"0\"");
        nothing.raw("image/jpeg", JPEG).send().await.problem(404, "not_found");
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
