//! Feeds and the site map, read by public parsers.

mod bulletins;
mod conditional;
mod items;
mod notices;
mod sitemap;

use feed_rs::model::{Entry, Feed};
use feed_rs::parser;
use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse};
use uuid::Uuid;

const FORMATS: [(&str, &str); 3] = [
    ("atom", "application/atom+xml"),
    ("rss", "application/rss+xml"),
    ("json", "application/feed+json"),
];

fn path(ending: &str) -> String {
    format!("/api/v1/feeds/articles.{ending}")
}

async fn get(app: &TestApp, path: &str) -> TestResponse {
    let reply = app.get(path).send().await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply
}

async fn feed(app: &TestApp, path: &str) -> Feed {
    let reply = get(app, path).await;
    parser::parse(&reply.body[..]).unwrap_or_else(|e| panic!("{path}: {e}: {}", reply.text()))
}

async fn json_feed(app: &TestApp, query: &str) -> Value {
    json_feed_at(app, &format!("{}{query}", path("json"))).await
}

async fn json_feed_at(app: &TestApp, path: &str) -> Value {
    get(app, path).await.json()
}

fn title(entry: &Entry) -> &str {
    &entry.title.as_ref().unwrap().content
}

fn titles(feed: &Feed) -> Vec<&str> {
    feed.entries.iter().map(title).collect()
}

fn link<'a>(feed: &'a Feed, rel: &str) -> Option<&'a str> {
    let found = feed.links.iter().find(|link| link.rel.as_deref() == Some(rel));
    found.map(|link| link.href.as_str())
}

/// The path of an address of this service.
fn local(app: &TestApp, url: &str) -> String {
    let base = app.app.config.base_url();
    url.strip_prefix(&base).unwrap_or_else(|| panic!("{url} is not below {base}")).to_owned()
}

/// A published article, and who wrote it.
pub async fn publish(app: &TestApp, body: Value) -> (Uuid, Person) {
    let editor = app.staff(Role::Editor, "country").await;
    let draft = app.post("/api/v1/staff/articles").by(&editor).json(body).send().await.expect(201);
    let id: Uuid = draft["id"].as_str().unwrap().parse().unwrap();
    app.publish_article(id, &editor).await;
    (id, editor)
}

/// Publishes an article with another title.
pub async fn correct(app: &TestApp, id: Uuid, title: &str) {
    let editor = app.staff(Role::Editor, "country").await;
    let path = format!("/api/v1/staff/articles/{id}");
    let old = app.get(&path).by(&editor).send().await;
    let article = old.expect(200);
    let body = json!({
        "title": title, "summary": article["summary"], "category": article["category"],
        "body_markdown": article["body_markdown"],
    });
    let put = app.put(&path).by(&editor).header("if-match", old.header("etag")).json(body);
    put.send().await.expect(200);
    app.publish_article(id, &editor).await;
}

pub async fn withdraw(app: &TestApp, id: Uuid) {
    let editor = app.staff(Role::Editor, "country").await;
    let path = format!("/api/v1/staff/articles/{id}");
    let version = app.get(&path).by(&editor).send().await.header("etag").to_owned();
    let post = app.post(&format!("{path}/withdrawal")).by(&editor).header("if-match", &version);
    post.json(json!({ "notice": "内容有误，现予撤回。" })).send().await.expect(200);
}

pub fn article(title: &str, category: &str) -> Value {
    json!({ "title": title, "body_markdown": "# 正文", "category": category })
}
