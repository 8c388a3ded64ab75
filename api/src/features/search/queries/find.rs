//! Finding.
//!
//! How it stays fast on PostgreSQL however common a word is:
//!
//! - Every condition on words is one on tokens, which GIN answers from the index alone; no row is
//!   looked at again, as a weight or a distance would need. Only a quoted phrase is looked up in the
//!   text of the rows that the index gives.
//! - There are no statistics on tokens, so the planner takes every word for rare and never reads the
//!   table through, unpacking tokens row by row. Rows are narrow, since texts and tokens are stored
//!   apart (TOAST): to count or to sort some thousands of them costs a few milliseconds.
//! - What the index gives is sorted behind a fence (`LIMIT`, `OFFSET 0`). Of a prepared statement the
//!   planner does not know how few rows are asked for, and would walk the newest rows instead.
//! - [`candidates`] looks at no more than [`COUNTED`] rows, counts facets among them, and tells when
//!   there are more.
//! - [`hits`] sorts no more than [`SORTED`] rows of a place ([`HitIn`]). One that holds more is walked
//!   from the newest document on, until the page is full. Where so many are hits, it is full after
//!   some dozens of rows. Should it not be, the index is asked after all, so that the answer is the
//!   same either way. A row that is walked costs ten times one that is sorted: its tokens are read.
//! - [`heads`] need not wait for what [`candidates`] counts, so both are asked at the same time.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use entity::search_document::DocumentKind;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::sql::{Dialect, Sql};
use crate::features::search::model::HitIn;
use crate::platform::db::Cursor;
use crate::platform::search::Wanted;

/// So many rows are counted; of more it is only known that they are more.
pub const COUNTED: u64 = 3_000;
/// So many rows are looked through for a phrase, to be counted.
pub const READ: u64 = 1_000;
/// So many rows are sorted.
pub const SORTED: u64 = 2_500;
/// A walk looks at so many documents for each row of a page.
const WALKED_PER_ROW: u64 = 10;

/// What besides the words a document must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    pub kind: Option<DocumentKind>,
    pub category: Option<String>,
    pub class: Option<String>,
    pub audience: Option<String>,
    /// Digits.
    pub region: Option<String>,
    pub since: Option<DateTime<Utc>>,
}

#[derive(Debug, FromQueryResult)]
pub struct Found {
    pub kind: DocumentKind,
    pub ref_id: Uuid,
    pub title: String,
    pub tags: String,
    pub body: String,
    pub category: Option<String>,
    pub product_class: Option<String>,
    pub region_code: Option<String>,
    pub published_at: DateTime<Utc>,
}

/// How many documents of each sort hold the tokens, and of these the phrases.
#[derive(Debug, FromQueryResult)]
pub struct Candidates {
    pub kind: DocumentKind,
    pub category: Option<String>,
    pub product_class: Option<String>,
    pub is_hit: i32,
    pub count: i64,
}

/// What holds the tokens, by sort; one more than `most` at most, and then no hits by phrases.
pub async fn candidates(
    conn: &impl ConnectionTrait,
    wanted: &Wanted,
    narrowing: &Narrowing,
    most: u64,
) -> Result<Vec<Candidates>, DbErr> {
    let mut sql = Sql::new(conn);
    let holds = {
        let query = sql.dialect.query(&wanted.needle);
        sql.holds(query)
    };
    let narrowed = sql.narrowed(narrowing);
    let of_these = format!("FROM search_documents WHERE {holds}{narrowed} LIMIT {}", most + 1);
    let found = if wanted.phrases.is_empty() {
        format!("SELECT kind, category, product_class, 1 AS is_hit {of_these}")
    } else {
        // No text is read where there are too many.
        format!(
            "WITH found AS MATERIALIZED (SELECT kind, category, product_class, title_plain, \
             tags_plain, body_plain {of_these}) SELECT kind, category, product_class, \
             CASE WHEN (SELECT COUNT(*) FROM found) > {most} THEN 0 WHEN {} THEN 1 ELSE 0 END \
             AS is_hit FROM found",
            sql.phrases(&wanted.phrases, HitIn::Text)
        )
    };
    let text = format!(
        "SELECT kind, category, product_class, is_hit, COUNT(*) AS count FROM ({found}) AS looked_at \
         GROUP BY kind, category, product_class, is_hit"
    );
    Candidates::find_by_statement(sql.statement(conn, text)).all(conn).await
}

const COLUMNS: &str =
    "kind, ref_id, title, tags, body, category, product_class, region_code, published_at";
const NEWEST: &str = "ORDER BY published_at DESC, ref_id DESC LIMIT";

/// A page of hits, asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub wanted: &'a Wanted,
    pub narrowing: &'a Narrowing,
    /// The place where the page begins, and after which of its hits.
    pub within: HitIn,
    pub after: Option<Cursor>,
    pub limit: u64,
}

impl Asked<'_> {
    /// Where the hits of the page may be.
    fn places(self) -> impl Iterator<Item = HitIn> {
        HitIn::ALL.into_iter().filter(move |hit| *hit >= self.within)
    }

    /// What a place has for a page on which so much is left.
    fn of(self, within: HitIn, room: usize) -> Self {
        let after = self.after.filter(|_| within == self.within);
        Self { within, after, limit: self.limit.min(room as u64), ..self }
    }
}

/// What title and tags give for a page, each up to its limit.
pub async fn heads(conn: &impl ConnectionTrait, asked: Asked<'_>) -> Result<Heads, DbErr> {
    let places = asked.places().filter(|within| *within != HitIn::Text).collect::<Vec<_>>();
    look(conn, asked, &places).await.map(Heads)
}

/// Hits in the order of their places, newest first in each, at most as many as are asked for.
/// `is_broad` is whether [`candidates`] found more than one would sort.
pub async fn hits(
    conn: &impl ConnectionTrait,
    asked: Asked<'_>,
    Heads(mut looked): Heads,
    is_broad: bool,
) -> Result<Vec<(HitIn, Found)>, DbErr> {
    // Most of what holds the words at all holds them in the text.
    let walks_text = is_broad && Dialect::of(conn).may_walk();
    let mut hits = Vec::new();
    for within in asked.places() {
        let room = usize::try_from(asked.limit).unwrap_or(usize::MAX).saturating_sub(hits.len());
        if room == 0 {
            break;
        }
        let asked = asked.of(within, room);
        if within == HitIn::Text && !walks_text {
            looked = look(conn, asked, &[within]).await?;
        }
        let here: Vec<Looked> = looked.extract_if(.., |one| one.is_in(within)).collect();
        let is_walked = within == HitIn::Text && walks_text;
        let found = if is_walked || here.iter().any(Looked::is_of_many) {
            walk(conn, asked).await?
        } else {
            here.into_iter().map(|one| one.found).take(room).collect()
        };
        hits.extend(found.into_iter().map(|found| (within, found)));
    }
    Ok(hits)
}

/// What was looked up of title and tags.
pub struct Heads(Vec<Looked>);

#[derive(FromQueryResult)]
struct Looked {
    #[sea_orm(nested)]
    found: Found,
    /// Its number among [`HitIn::ALL`].
    place: i32,
    /// How many there are in the place, as far as was looked.
    many: i64,
}

impl Looked {
    fn is_in(&self, within: HitIn) -> bool {
        usize::try_from(self.place).is_ok_and(|place| HitIn::ALL.get(place) == Some(&within))
    }

    /// Too many to be sorted: it is not known which come first.
    fn is_of_many(&self) -> bool {
        u64::try_from(self.many).is_ok_and(|many| many > SORTED)
    }
}

/// The first hits of several places, by the index, in one statement. Where a place has more than are
/// sorted there, it is only told that it has.
async fn look(
    conn: &impl ConnectionTrait,
    asked: Asked<'_>,
    places: &[HitIn],
) -> Result<Vec<Looked>, DbErr> {
    let mut sql = Sql::new(conn);
    let (bound, many) = if sql.dialect.may_walk() {
        (format!(" LIMIT {}", SORTED + 1), "COUNT(*) OVER ()")
    } else {
        (String::new(), "0")
    };
    let mut each = Vec::new();
    for (place, within) in (0..).zip(HitIn::ALL).filter(|(_, hit)| places.contains(hit)) {
        let condition = sql.condition(asked.of(within, usize::MAX));
        let most = sql.count(asked.limit);
        each.push(format!(
            "SELECT * FROM (SELECT {place} AS place, {many} AS many, {COLUMNS} FROM \
             (SELECT {COLUMNS} FROM search_documents WHERE {condition}{bound}) AS held_{place} \
             {NEWEST} {most}) AS newest_{place}"
        ));
    }
    if each.is_empty() {
        return Ok(Vec::new());
    }
    let text = each.join(" UNION ALL ");
    let mut looked = Looked::find_by_statement(sql.statement(conn, text)).all(conn).await?;
    // No database promises the order of a UNION.
    let newest = |one: &Looked| (one.place, Reverse((one.found.published_at, one.found.ref_id)));
    looked.sort_by_key(newest);
    Ok(looked)
}

/// The hits of one place from the newest document on. Should few of the newest be hits, the index is
/// asked for all of them.
async fn walk(conn: &impl ConnectionTrait, asked: Asked<'_>) -> Result<Vec<Found>, DbErr> {
    let mut sql = Sql::new(conn);
    let (is_hit, rest) = (sql.is_hit(asked.wanted, asked.within), sql.rest(asked));
    let (walked, most) = (sql.count(asked.limit * WALKED_PER_ROW), sql.count(asked.limit));
    let text = format!(
        "SELECT {COLUMNS} FROM (SELECT {COLUMNS}, title_plain, tags_plain, body_plain, tokens \
         FROM search_documents WHERE TRUE{rest} {NEWEST} {walked}) AS newest WHERE {is_hit} {NEWEST} {most}"
    );
    let found = Found::find_by_statement(sql.statement(conn, text)).all(conn).await?;
    if found.len() as u64 == asked.limit {
        return Ok(found);
    }
    let mut sql = Sql::new(conn);
    let condition = sql.condition(asked);
    let most = sql.count(asked.limit);
    let text = format!(
        "SELECT {COLUMNS} FROM (SELECT {COLUMNS} FROM search_documents WHERE {condition} OFFSET 0) \
         AS found {NEWEST} {most}"
    );
    Found::find_by_statement(sql.statement(conn, text)).all(conn).await
}
