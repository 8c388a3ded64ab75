//! The bare server: the id from the path, a look-up in memory, the answer serialised every time.
//! The least that a Rust service without a cache of finished pages can do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    pub listen: SocketAddr,
    /// What the candidate serves, as [`Content`] in JSON.
    #[arg(long)]
    pub content: PathBuf,
}

/// The same articles that the candidate has.
#[derive(Debug, Serialize, Deserialize)]
pub struct Content {
    pub articles: Vec<Article>,
    pub list: List,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct List {
    pub items: Vec<Summary>,
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Summary {
    pub id: Uuid,
    kind: String,
    title: String,
    summary: String,
    category: String,
    product_class: Option<String>,
    tags: Vec<String>,
    audiences: Vec<String>,
    region_code: Option<String>,
    cover_url: Option<String>,
    cover_alt: Option<String>,
    cover_width: Option<i32>,
    cover_height: Option<i32>,
    reading_minutes: i32,
    source: Option<String>,
    issuer: Option<String>,
    document_number: Option<String>,
    issued_on: Option<String>,
    published_at: Option<String>,
    corrected_at: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Article {
    id: Uuid,
    kind: String,
    title: String,
    summary: String,
    category: String,
    product_class: Option<String>,
    tags: Vec<String>,
    audiences: Vec<String>,
    region_code: Option<String>,
    cover_url: Option<String>,
    cover_alt: Option<String>,
    cover_width: Option<i32>,
    cover_height: Option<i32>,
    reading_minutes: i32,
    source: Option<String>,
    issuer: Option<String>,
    document_number: Option<String>,
    issued_on: Option<String>,
    published_at: Option<String>,
    corrected_at: Option<String>,
    body_html: String,
    body_text: String,
    toc: Vec<Heading>,
    media: Vec<Value>,
    video_url: Option<String>,
    standards: Vec<String>,
    responsible_unit: Option<String>,
    quiz_id: Option<Uuid>,
    service_id: Option<Uuid>,
    expire_at: Option<String>,
    corrections: Vec<Value>,
    updated_at: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Heading {
    id: String,
    level: u8,
    title: String,
}

struct Memory {
    articles: HashMap<Uuid, Article>,
    list: List,
}

async fn article(memory: web::Data<Memory>, id: web::Path<Uuid>) -> HttpResponse {
    memory
        .articles
        .get(&id)
        .map_or_else(|| HttpResponse::NotFound().finish(), |a| HttpResponse::Ok().json(a))
}

async fn articles(memory: web::Data<Memory>) -> HttpResponse {
    HttpResponse::Ok().json(&memory.list)
}

/// Serves with one worker, and otherwise with the settings of the candidate.
///
/// # Errors
/// The content cannot be read, or the address is taken.
pub async fn serve(options: Options) -> anyhow::Result<()> {
    let content: Content = serde_json::from_slice(&std::fs::read(&options.content)?)?;
    let articles_by_id = content.articles.into_iter().map(|a| (a.id, a)).collect();
    let memory = web::Data::new(Memory { articles: articles_by_id, list: content.list });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(memory.clone())
            .route("/articles", web::get().to(articles))
            .route("/articles/{id}", web::get().to(article))
    });
    server
        .workers(1)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(5))
        .bind(options.listen)?
        .run()
        .await?;
    Ok(())
}
