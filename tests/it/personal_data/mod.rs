//! What a person may ask of us about their own data: a copy, a correction, and to be forgotten.

mod correction;
mod deletion;
mod erasure;
mod export;
mod inventory;
mod life;
mod races;
mod retention;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Person, TestApp, TestResponse};

const EXPORTS: &str = "/api/v1/me/exports";
const DELETION: &str = "/api/v1/me/deletion";
const CANCELLATION: &str = "/api/v1/me/deletion/cancellation";

async fn ask_export(app: &TestApp, person: &Person) -> TestResponse {
    app.post(EXPORTS).by(person).send().await
}

/// A copy, finished.
async fn exported(app: &TestApp, person: &Person) -> String {
    let id = ask_export(app, person).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.drain_jobs().await;
    id
}

async fn download(app: &TestApp, person: &Person, id: &str) -> TestResponse {
    app.get(&format!("{EXPORTS}/{id}/file")).by(person).send().await
}

/// The files of a ZIP by name.
fn unzipped(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let read = |name: &String| {
        let mut content = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut content).unwrap();
        content
    };
    let contents: Vec<_> = names.iter().map(read).collect();
    names.into_iter().zip(contents).collect()
}

async fn ask_deletion(app: &TestApp, person: &Person) -> TestResponse {
    app.post(DELETION).by(person).json(json!({ "confirmation": "注销账号" })).send().await
}

async fn cancel(app: &TestApp, person: &Person) -> TestResponse {
    app.post(CANCELLATION).by(person).send().await
}

/// To the end of the cooling-off period, and over it.
async fn let_it_happen(app: &TestApp) {
    app.advance(TimeDelta::days(15));
    app.drain_jobs().await;
}

/// What a handler sees of a complainant for a reason.
async fn identity(app: &TestApp, handler: &Person, complaint: &str) -> Value {
    let path = format!("/api/v1/staff/complaints/{complaint}/disclosures");
    let why = json!({ "reason": "contact_complainant" });
    app.post(&path).by(handler).json(why).send().await.expect(201)
}

async fn again(app: &TestApp, person: &Person) -> Person {
    app.logged_in_again(std::slice::from_ref(person)).await.remove(0)
}

/// Every file of the storage.
fn stored(app: &TestApp) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(&app.app.config.storage.root), &mut found);
    found
}

async fn status(app: &TestApp, person: &Person) -> Option<String> {
    let sql = format!("SELECT status FROM accounts WHERE id = {}", app.literal(person.id));
    app.text(&sql).await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
