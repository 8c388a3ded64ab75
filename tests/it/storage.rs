//! One suite for both kinds of storage: a folder, and a bucket that speaks S3.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use sanjin::platform::config::Secret;
use sanjin::platform::http::ErrorCode;
use sanjin::platform::storage::Storage;
use tests::{TestApp, backends, on_s3};

async fn streamed(storage: &Storage, key: &str, length: u64) -> Vec<u8> {
    let pieces: Vec<Bytes> =
        storage.stream(key, length).await.unwrap().try_collect().await.unwrap();
    pieces.concat()
}

async fn keeps_its_word(app: &TestApp) {
    let storage = &app.app.storage;
    assert!(storage.is_reachable().await);
    assert_eq!(storage.list("media/").await.unwrap(), Vec::<String>::new());
    let missing = storage.read("media/1/none").await.unwrap_err();
    assert_eq!(missing.code(), ErrorCode::NotFound);
    let missing = storage.stream("media/1/none", 5).await.err().unwrap();
    assert_eq!(missing.code(), ErrorCode::NotFound);
    storage.delete("media/1/none").await.unwrap();

    storage.write("media/1/a.full", Bytes::from_static(b"first")).await.unwrap();
    assert_eq!(storage.read("media/1/a.full").await.unwrap(), "first");
    storage.write("media/1/a.full", Bytes::from_static(b"second, longer")).await.unwrap();
    assert_eq!(storage.read("media/1/a.full").await.unwrap(), "second, longer");
    storage.write("media/1/a.full", Bytes::from_static(b"3rd")).await.unwrap();
    assert_eq!(streamed(storage, "media/1/a.full", 3).await, b"3rd");

    // More than one piece of any transport, and every byte value.
    let large: Vec<u8> = (0..7_000_000_u32).map(|n| (n % 251).to_le_bytes()[0]).collect();
    storage.write("media/2/b.960", large.clone().into()).await.unwrap();
    assert!(streamed(storage, "media/2/b.960", 7_000_000).await == large);
    assert!(storage.read("media/2/b.960").await.unwrap() == large);

    storage.write("media/2/c.full", Bytes::from_static(b"c")).await.unwrap();
    let mut listed = storage.list("media/").await.unwrap();
    listed.sort();
    assert_eq!(listed, ["media/1/a.full", "media/2/b.960", "media/2/c.full"]);
    assert_eq!(storage.list("media/1/").await.unwrap(), ["media/1/a.full"]);
    storage.delete("media/1/a.full").await.unwrap();
    storage.delete("media/1/a.full").await.unwrap();
    assert!(storage.list("media/1/").await.unwrap().is_empty());
    assert_eq!(storage.read("media/2/c.full").await.unwrap(), "c");
}

backends! {
    async fn a_folder_keeps_its_word(app) {
        keeps_its_word(app).await;
        assert_eq!(app.stored_files(), 2);
    }

    async fn a_bucket_keeps_its_word(app, config => { on_s3(config); }) {
        keeps_its_word(app).await;
        assert_eq!(app.stored_files(), 0, "nothing lies in the folder");
    }

    async fn a_bucket_of_somebody_else_is_unavailable_and_its_keys_stay_out_of_the_log(
        app, config => {
            on_s3(config);
            config.storage.s3.secret_access_key = Secret::new("of somebody else");
        }
    ) {
        // The server of the test calls a wrong signature an error.
        app.expect_errors();
        let storage = &app.app.storage;
        assert!(!storage.is_reachable().await);
        let refused = storage.write("media/1/planted-key", Bytes::from_static(b"x")).await.unwrap_err();
        refused.log("");
        assert_eq!(refused.code(), ErrorCode::Unavailable);
        let log = app.log_lines();
        assert!(log.iter().any(|line| line.contains("[key]")), "the cause is logged");
        // The server of the test speaks of it as it likes.
        let ours = log.iter().filter(|line| !line.contains(" s3s"));
        assert_eq!(ours.filter(|line| line.contains("planted-key")).count(), 0);
    }
}
