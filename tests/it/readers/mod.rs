//! What residents keep of articles and say of them, and the posters that led them there.

mod favourites;
mod history;
mod merge;
mod posters;
mod states;
mod votes;

use serde_json::{Value, json};
use tests::{Person, Role, TestApp, TestResponse};
use uuid::Uuid;

const FAVOURITES: &str = "/api/v1/me/favourites";
const READING: &str = "/api/v1/me/reading";

async fn favour(app: &TestApp, who: &Person, article: Uuid) -> TestResponse {
    app.put(&format!("{FAVOURITES}/{article}")).by(who).send().await
}

async fn read(app: &TestApp, who: &Person, article: Uuid, progress: i64) -> TestResponse {
    let body = json!({ "article_id": article, "progress": progress });
    app.post(READING).by(who).json(body).send().await
}

async fn vote(app: &TestApp, who: &Person, article: Uuid, body: Value) -> TestResponse {
    app.put(&format!("/api/v1/articles/{article}/usefulness")).by(who).json(body).send().await
}

async fn state(app: &TestApp, who: &Person, article: Uuid) -> TestResponse {
    app.get(&format!("/api/v1/me/articles/{article}/state")).by(who).send().await
}

async fn editor(app: &TestApp) -> Person {
    app.staff(Role::Editor, "country").await
}

/// An article that nobody has published.
async fn draft(app: &TestApp, title: &str) -> Uuid {
    let body = json!({ "title": title, "body_markdown": "# 正文", "category": "knowledge" });
    let post = app.post("/api/v1/staff/articles").by(&editor(app).await).json(body);
    post.send().await.expect(201)["id"].as_str().unwrap().parse().unwrap()
}

/// The article is published no more, whoever decides that.
async fn take_back(app: &TestApp, article: Uuid) {
    let id = app.literal(article);
    app.execute(&format!("UPDATE articles SET status = 'withdrawn' WHERE id = {id}")).await;
}

async fn readership(app: &TestApp, article: Uuid) -> Value {
    let path = format!("/api/v1/staff/articles/{article}/readership");
    app.get(&path).by(&editor(app).await).send().await.expect(200)
}

/// Whether the numbers of every article are those of its votes.
async fn is_counted_right(app: &TestApp) -> bool {
    let votes = |word: &str| {
        format!(
            "(SELECT COUNT(*) FROM article_votes v WHERE v.article_id = c.article_id \
             AND v.is_useful = {word})"
        )
    };
    let wrong = format!(
        "SELECT COUNT(*) FROM article_counters c WHERE useful <> {} OR not_useful <> {}",
        votes("TRUE"),
        votes("FALSE"),
    );
    app.count(&wrong).await == 0
}
