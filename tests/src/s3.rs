//! A server that speaks S3, with signatures checked, over a folder of the test.

use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use sanjin::platform::config::{Config, Secret};
use tokio::net::TcpListener;

const BUCKET: &str = "sanjin-test";
const KEY_ID: &str = "AKTEST";
const SECRET: &str = "a-secret-of-the-test";

/// Lets a service keep its files in a bucket.
pub fn on_s3(config: &mut Config) {
    let folder = Path::new(&config.storage.root).with_file_name("s3");
    std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
    let service = service.build();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let s3 = &mut config.storage.s3;
    s3.endpoint = format!("http://{}", listener.local_addr().unwrap());
    BUCKET.clone_into(&mut s3.bucket);
    "us-east-1".clone_into(&mut s3.region);
    KEY_ID.clone_into(&mut s3.access_key_id);
    s3.secret_access_key = Secret::new(SECRET);
    "files".clone_into(&mut s3.prefix);
    tokio::spawn(async move {
        let listener = TcpListener::from_std(listener).unwrap();
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _ended = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
}
