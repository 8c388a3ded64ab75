//! Searching twenty thousand articles of real size on PostgreSQL, fifty times a second whether the
//! answers come or not.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use serde_json::Value;

use crate::client::{Connection, Request};
use crate::server::Candidate;
use crate::settings::{Settings, output};
use crate::table::{Table, at_most};

const DATABASE: &str = "sanjin_search";
const ARTICLES: usize = 20_000;
/// Characters of a text.
const LENGTH: usize = 1_500;
const PER_SECOND: u32 = 50;
/// Asked before and not counted: plans are made and pages are read in.
const WARM_UP_SECONDS: u32 = 10;
const SECONDS: u32 = 30;
const CONNECTIONS: usize = 25;
const P99_GOAL_MS: f64 = 20.0;
const WORDS: usize = 4_000;

/// Common characters; two make a word.
const CHARACTERS: &str = "产品安全儿童玩具电器服装家居食用消费检测标准认证缺陷召回风险警示购买使用说明材料燃烧触电\
    机械化学甲醛铅镉塑料橡胶金属玻璃陶瓷纸木竹棉毛丝麻皮革灯具插座充电锂池车头盔座椅床桌柜门窗锁管阀燃气水热空调冰箱洗衣烘干扇\
    炉锅碗杯瓶盖奶嘴推童车滑板球绳网鞋帽袜裤裙套巾被枕席帐伞包箱笔本尺刀剪钳锤钉漆胶涂膜粉油液片块条卷根组";

/// What is asked, and why it is among the questions.
const QUESTIONS: [&str; 8] = [
    "a word of every text",
    "a frequent word",
    "a word now and then",
    "a rare word",
    "two words",
    "a phrase of every text",
    "a standard",
    "a character",
];

/// Always the same numbers (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let sides = u64::try_from(sides.max(1)).unwrap_or(u64::MAX);
        usize::try_from((self.0 >> 33) % sides).unwrap_or_default()
    }

    /// The first words are used a hundred times as often as the last.
    fn rank(&mut self) -> usize {
        let (a, b, c) = (self.roll(WORDS), self.roll(WORDS), self.roll(WORDS));
        a * b / WORDS * c / WORDS
    }
}

struct Language(Vec<String>);

impl Language {
    fn new() -> Self {
        let characters: Vec<char> = CHARACTERS.chars().filter(|c| !c.is_whitespace()).collect();
        let mut dice = Dice(7);
        let mut one = || characters.get(dice.roll(characters.len())).copied().unwrap_or('品');
        Self((0..WORDS).map(|_| [one(), one()].iter().collect()).collect())
    }

    fn word(&self, rank: usize) -> &str {
        self.0.get(rank % WORDS).map_or("产品", String::as_str)
    }

    fn title(&self, dice: &mut Dice, number: usize) -> String {
        let subject = if number.is_multiple_of(4) { "质量" } else { "选购" };
        let (a, b, c) = (dice.rank(), dice.rank(), dice.rank());
        format!("{}{}{subject}{}提示", self.word(a), self.word(b), self.word(c))
    }

    fn text(&self, dice: &mut Dice) -> String {
        let mut text = String::with_capacity(LENGTH * 3 + 100);
        let mut length = 0;
        while length < LENGTH {
            text.push_str("<p>消费品质量安全");
            for _ in 0..40 {
                text.push_str(self.word(dice.rank()));
                if dice.roll(6) == 0 {
                    text.push('，');
                }
            }
            // Writing to a String cannot fail.
            let _written = write!(text, "应符合GB {}-2014。</p>", 4_000 + dice.roll(3_000));
            length += 100;
        }
        text
    }

    /// The question number `number`; a day makes it another page, with the same answer.
    fn question(&self, number: usize, dice: &mut Dice) -> String {
        let words = match number % QUESTIONS.len() {
            0 => "质量".to_owned(),
            1 => self.word(dice.roll(20)).to_owned(),
            2 => self.word(200 + dice.roll(300)).to_owned(),
            3 => self.word(3_000 + dice.roll(1_000)).to_owned(),
            4 => format!("{} {}", self.word(dice.roll(50)), self.word(100 + dice.roll(500))),
            5 => "\"消费品质量安全\"".to_owned(),
            6 => format!("GB {}", 4_000 + dice.roll(3_000)),
            _ => self.word(dice.roll(500)).chars().take(1).collect(),
        };
        let (month, day) = (1 + number / 28 % 12, 1 + number % 28);
        let year = 2_000 + number / 336 % 20;
        format!("/api/v1/search?q={}&since={year}-{month:02}-{day:02}", encoded(&words))
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        // Writing to a String cannot fail.
        let _written = write!(all, "%{byte:02X}");
        all
    })
}

/// # Errors
/// The server broke, or an answer is none.
pub async fn measure(settings: &Settings) -> anyhow::Result<()> {
    if settings.postgres.pid.is_none() {
        println!("\nSearch: LEFT OUT, there is no PostgreSQL to measure on.");
        return Ok(());
    }
    let language = Language::new();
    let psql = async |sql: &str| settings.postgres.query(DATABASE, sql).await;
    settings.postgres.query("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
    let url = settings.postgres.url(DATABASE);
    let candidate = Candidate { database_url: &url, core: None, workers: 0, log: "search.log" };
    let mut first = candidate.start(settings)?;
    first.ready("/readyz").await?;
    first.stop().await?;
    let file = settings.folder.join("articles.tsv");
    write_articles(&language, &file)?;
    psql(&format!(
        "\\copy articles (id, status, title, summary, body_markdown, body_html, category_code, \
         published_at, created_at, updated_at, version) FROM '{}'",
        file.display()
    ))
    .await?;
    let began = Instant::now();
    output(candidate.command(settings).arg("reindex")).await?;
    println!("\n{ARTICLES} articles indexed in {:.0} s", began.elapsed().as_secs_f64());
    psql("VACUUM ANALYZE").await?;
    settings.postgres.query("postgres", "CHECKPOINT").await?;
    let mut server = candidate.start(settings)?;
    server.ready("/readyz").await?;
    let mut dice = Dice(11);
    let first_counted = usize::try_from(PER_SECOND * WARM_UP_SECONDS)?;
    let total = first_counted + usize::try_from(PER_SECOND * SECONDS)?;
    let questions: Vec<String> =
        (0..total).map(|number| language.question(number, &mut dice)).collect();
    let mut connections = Vec::new();
    for number in 0..CONNECTIONS {
        let mut connection = Connection::open(server.address).await?;
        let warm = language.question(total + number, &mut dice);
        let page: Value = connection.json(&Request::get(&warm), 200).await?;
        ensure!(page.get("items").is_some_and(Value::is_array), "no page: {page}");
        connections.push(connection);
    }
    let started = Instant::now();
    let questions = &questions;
    let loops = connections.into_iter().enumerate().map(async |(first, mut connection)| {
        let mut times = Vec::new();
        for number in (first..total).step_by(CONNECTIONS) {
            let due = started + Duration::from_secs(1) * u32::try_from(number)? / PER_SECOND;
            tokio::time::sleep_until(due.into()).await;
            let question = questions.get(number).context("a question")?;
            let status = connection.exchange(&Request::get(question).bytes()).await?;
            ensure!(status == 200, "{question}: {status}");
            // From when it was due: who waits in line waits.
            if number >= first_counted {
                times.push((number % QUESTIONS.len(), due.elapsed().as_secs_f64() * 1e3));
            }
        }
        anyhow::Ok(times)
    });
    let times: Vec<(usize, f64)> = try_join_all(loops).await?.concat();
    print(&times);
    server.stop().await
}

fn write_articles(language: &Language, file: &Path) -> anyhow::Result<()> {
    let mut dice = Dice(3);
    let mut file = BufWriter::new(File::create(file)?);
    for number in 0..ARTICLES {
        let (title, text) = (language.title(&mut dice, number), language.text(&mut dice));
        let at = format!(
            "{}-{:02}-{:02} 08:00:00+00",
            2_020 + number / 4_000,
            1 + number / 334 % 12,
            1 + number / 12 % 28
        );
        writeln!(
            file,
            "01900000-0000-7000-8000-{number:012x}\tpublished\t{title}\t{title}\t\t{text}\tknowledge\t{at}\t{at}\t{at}\t0"
        )?;
    }
    Ok(file.flush()?)
}

fn print(times: &[(usize, f64)]) {
    let mut table = Table::new(&["", "answers", "p50 ms", "p99 ms", "goal"]);
    let mut row = |label: &str, mut times: Vec<f64>, goal: bool| {
        times.sort_by(f64::total_cmp);
        let last = times.len().saturating_sub(1);
        let at = |percent: usize| times.get((times.len() * percent / 100).min(last)).copied();
        let (half, most) = (at(50).unwrap_or(f64::NAN), at(99).unwrap_or(f64::NAN));
        let goal = if goal { at_most(P99_GOAL_MS, "ms", most) } else { String::new() };
        table.row([
            label.to_owned(),
            times.len().to_string(),
            format!("{half:.1}"),
            format!("{most:.1}"),
            goal,
        ]);
    };
    row("all", times.iter().map(|(_, ms)| *ms).collect(), true);
    for (index, label) in QUESTIONS.iter().enumerate() {
        let own = times.iter().filter(|(kind, _)| *kind == index);
        row(label, own.map(|(_, ms)| *ms).collect(), false);
    }
    table.print(&format!(
        "Search: PostgreSQL, {ARTICLES} articles of {LENGTH} characters, {PER_SECOND} searches a \
         second for {SECONDS} s after {WARM_UP_SECONDS} s, hardly any from the page cache"
    ));
}
