//! Cached reads against the bare server, each on one worker of one core.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};

use crate::baseline::{Article, Content, List};
use crate::client::{Connection, Request};
use crate::content::write_articles;
use crate::load::{Load, Reading, read};
use crate::procfs::resident_mib;
use crate::residents::log_in;
use crate::rounds::{Rounds, Subject, alternate};
use crate::server::{Candidate, Server, free_address};
use crate::settings::{Cores, Settings, output, pinned};
use crate::table::{Table, spread};

const CONNECTIONS: usize = 64;
const LIST: &str = "/api/v1/articles";

struct Reader<'a> {
    label: &'static str,
    settings: &'a Settings,
    core: Option<usize>,
    pid: u32,
    reading: Reading,
    status: u16,
    /// What must come; its bytes are not compared during the load.
    body_length: usize,
}

impl Subject for Reader<'_> {
    fn label(&self) -> &str {
        self.label
    }

    fn costs(&self) -> Vec<u32> {
        vec![self.pid]
    }

    async fn prepare(&mut self) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.reading.address).await?;
        let status = connection.exchange(&self.reading.request().bytes()).await?;
        let length = connection.body().len();
        ensure!(
            status == self.status && length == self.body_length,
            "{}: {status} with {length} bytes instead of {} with {}",
            self.label,
            self.status,
            self.body_length
        );
        if let Some(token) = &self.reading.token {
            // An open page answers a bad token too.
            connection.json(&Request::get("/api/v1/me").by(token), 200).await?;
        }
        Ok(())
    }

    async fn run(&mut self, seconds: u64) -> anyhow::Result<Load> {
        let wrk = self.settings.wrk.as_deref();
        read(wrk, self.core, &self.reading, CONNECTIONS, seconds).await
    }
}

/// What the candidate serves, and how long its answers are.
struct Pages {
    article: String,
    article_etag: String,
    article_length: usize,
    list_length: usize,
}

/// # Errors
/// A server broke or answered wrongly.
pub async fn measure(settings: &Settings) -> anyhow::Result<()> {
    let cores = Cores::split();
    let url = format!("sqlite://{}", settings.folder.join("reads.db").display());
    let candidate =
        Candidate { database_url: &url, core: cores.server, workers: 1, log: "reads.log" };
    fill(&candidate, settings).await?;
    let mut ours = candidate.start(settings)?;
    ours.ready("/readyz").await?;
    let pages = fetch(ours.address, settings).await?;
    let mut bare = start_baseline(settings, cores)?;
    bare.ready("/articles").await?;

    let token = log_in(ours.address, 1).await?.pop().context("nobody could log in")?;
    let mut readers = readers(settings, cores, &ours, &bare, &pages, token);
    let rounds = alternate(settings, &mut readers).await?;
    print(settings, cores, &pages, &rounds);
    println!(
        "  memory after the load: {:.1} MiB, baseline {:.1} MiB",
        resident_mib(ours.pid)?,
        resident_mib(bare.pid)?
    );
    ours.stop().await?;
    bare.stop().await
}

/// Makes the database: the sandbox's own content, then articles of a known size, so that they are
/// the newest. What is measured starts afterwards.
async fn fill(candidate: &Candidate<'_>, settings: &Settings) -> anyhow::Result<()> {
    let mut first = candidate.start(settings)?;
    first.ready("/readyz").await?;
    first.stop().await?;
    let articles = write_articles(&settings.folder)?;
    let mut import = candidate.command(settings);
    output(import.args(["import", "articles"]).arg(articles)).await?;
    Ok(())
}

/// Takes the first articles from the candidate and leaves them for the baseline.
async fn fetch(address: SocketAddr, settings: &Settings) -> anyhow::Result<Pages> {
    let mut connection = Connection::open(address).await?;
    let list = connection.json(&Request::get(LIST), 200).await?;
    let list_length = connection.body().len();
    let list: List = serde_json::from_value(list)?;
    let mut articles: Vec<Article> = Vec::new();
    let mut first = None;
    for summary in &list.items {
        let article = format!("{LIST}/{}", summary.id);
        let body = connection.json(&Request::get(&article), 200).await?;
        articles.push(serde_json::from_value(body)?);
        if first.is_none() {
            let etag = connection.header("etag").context("an article without ETag")?.to_owned();
            let article_length = connection.body().len();
            first = Some(Pages { article, article_etag: etag, article_length, list_length });
        }
    }
    let content = serde_json::to_vec(&Content { articles, list })?;
    std::fs::write(settings.folder.join("content.json"), content)?;
    first.context("the candidate has no articles")
}

fn start_baseline(settings: &Settings, cores: Cores) -> anyhow::Result<Server> {
    let address = free_address()?;
    let mut command = pinned(&std::env::current_exe()?, cores.server);
    command.args(["baseline", "--listen", &address.to_string(), "--content"]);
    command.arg(settings.folder.join("content.json"));
    Server::start(command, address, settings.folder.join("baseline.log"))
}

/// The order is the one of [`print`].
fn readers<'a>(
    settings: &'a Settings,
    cores: Cores,
    ours: &Server,
    bare: &Server,
    pages: &Pages,
    token: String,
) -> Vec<Reader<'a>> {
    let bare_article = pages.article.trim_start_matches("/api/v1");
    let reader = |label, server: &Server, path: &str, body_length| Reader {
        label,
        settings,
        core: cores.load,
        pid: server.pid,
        reading: Reading {
            address: server.address,
            path: path.to_owned(),
            token: None,
            etag: None,
        },
        status: 200,
        body_length,
    };
    let article = |label| reader(label, ours, &pages.article, pages.article_length);
    let mut unchanged = article("article, unchanged");
    unchanged.reading.etag = Some(pages.article_etag.clone());
    (unchanged.status, unchanged.body_length) = (304, 0);
    let mut resident = article("article, resident");
    resident.reading.token = Some(token);
    vec![
        reader("baseline article", bare, bare_article, pages.article_length),
        article("article"),
        unchanged,
        resident,
        reader("baseline list", bare, "/articles", pages.list_length),
        reader("list", ours, LIST, pages.list_length),
    ]
}

fn print(settings: &Settings, cores: Cores, pages: &Pages, rounds: &Rounds) {
    let mut table = Table::new(&[
        "",
        "base/s",
        "ours/s",
        "base µs",
        "ours µs",
        "requests ratio",
        "CPU ratio",
        "pairs",
        "goal",
    ]);
    let lines = [
        (format!("article, {} bytes", pages.article_length), 0, 1, Some(0.9)),
        ("… unchanged (304)".to_owned(), 0, 2, None),
        ("… with a resident's token".to_owned(), 0, 3, Some(0.8)),
        (format!("list, {} bytes", pages.list_length), 4, 5, Some(0.9)),
    ];
    for (label, baseline, candidate, goal) in lines {
        let pairs = rounds.pairs(baseline, candidate);
        let cpu = pairs.over(|a, b| a.cpu() / b.cpu());
        table.row([
            label,
            format!("{:.0}", pairs.over(|a, _| a.per_second).median),
            format!("{:.0}", pairs.over(|_, b| b.per_second).median),
            format!("{:.1}", pairs.over(|a, _| a.cpu()).median),
            format!("{:.1}", pairs.over(|_, b| b.cpu()).median),
            spread(pairs.over(|a, b| b.per_second / a.per_second)),
            spread(cpu),
            pairs.note(),
            goal.map_or_else(String::new, |goal| pairs.verdict(goal, "CPU", cpu)),
        ]);
    }
    let tool = if settings.wrk.is_some() { "wrk" } else { "our own load (slow: trust CPU only)" };
    let place = match (cores.server, cores.load) {
        (Some(server), Some(load)) => format!("server on core {server}, load on core {load}"),
        _ => "not pinned".to_owned(),
    };
    table.print(&format!(
        "Cached reads: SQLite, 1 worker, {tool} with {CONNECTIONS} connections, {place}; \
         baseline: bare actix-web, id from the path, serialise"
    ));
}
