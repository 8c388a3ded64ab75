//! Finding. Both dialects stand side by side in [`Dialect`]; everything else is one SQL for both.
//!
//! How it stays fast on PostgreSQL however common a word is:
//!
//! - Every condition on words is one on tokens, which GIN answers from the index alone; no row is
//!   looked at again, as a weight or a distance would need. Only a quoted phrase is looked up in the
//!   text of the rows that the index gives.
//! - There are no statistics on tokens, so the planner takes every word for rare and never reads the
//!   table through, unpacking tokens row by row. Rows are narrow, since texts and tokens are stored
//!   apart (TOAST): to count or to sort some thousands of them costs a few milliseconds.
//! - What the index gives is sorted behind a fence, lest the planner walk the newest rows instead.
//! - [`candidates`] looks at no more than [`COUNTED`] rows, counts facets among them, and tells when
//!   there are more.
//! - Of more than [`SORTED`] a place ([`HitIn`]) that itself holds so many is not sorted but walked
//!   ([`Way::Walk`]): from the newest document on, until the page is full. Where so many are hits, it
//!   is full after some dozens of rows. Should it not be, the index is asked after all, so that the
//!   answer is the same either way.

use chrono::{DateTime, Utc};
use entity::search_document::DocumentKind;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use crate::features::search::model::HitIn;
use crate::platform::db::Cursor;
use crate::platform::search::{Needle, Wanted};

/// So many rows are counted; of more it is only known that they are more.
pub const COUNTED: u64 = 3_000;
/// So many rows are sorted, or looked through for a phrase.
pub const SORTED: u64 = 1_000;
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

/// What is written differently.
#[derive(Clone, Copy)]
enum Dialect {
    Postgres,
    Sqlite,
}

impl Dialect {
    fn of(conn: &impl ConnectionTrait) -> Self {
        match conn.get_database_backend() {
            DbBackend::Postgres => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    fn query(self, needle: &Needle) -> String {
        match self {
            Self::Postgres => needle.to_tsquery(),
            Self::Sqlite => needle.to_fts5(),
        }
    }

    /// One and not the other.
    fn without(self, query: &str, other: &str) -> String {
        match self {
            Self::Postgres => format!("{query} & !{other}"),
            Self::Sqlite => format!("{query} NOT {other}"),
        }
    }

    /// The condition that a row holds the tokens of the query in `place`.
    fn holds(self, place: &str) -> String {
        match self {
            Self::Postgres => format!("tokens @@ CAST({place} AS tsquery)"),
            Self::Sqlite => {
                format!(
                    "number IN (SELECT rowid FROM search_index WHERE search_index MATCH {place})"
                )
            }
        }
    }

    /// The condition that a column contains the text in `place`.
    fn contains(self, column: &str, place: &str) -> String {
        match self {
            Self::Postgres => format!("strpos({column}, {place}) > 0"),
            Self::Sqlite => format!("instr({column}, {place}) > 0"),
        }
    }

    /// Ends a subquery that is to be answered by itself. Of a prepared statement the planner does not
    /// know how few rows are asked for: it would walk them from the newest on and unpack their tokens.
    fn fence(self) -> &'static str {
        match self {
            Self::Postgres => " OFFSET 0",
            Self::Sqlite => "",
        }
    }

    /// FTS5 gives rows in no order that would help, and its databases are small.
    fn may_walk(self) -> bool {
        matches!(self, Self::Postgres)
    }
}

/// A statement that grows with its values.
struct Sql {
    dialect: Dialect,
    values: Vec<Value>,
}

impl Sql {
    fn new(conn: &impl ConnectionTrait) -> Self {
        Self { dialect: Dialect::of(conn), values: Vec::new() }
    }

    /// The place of a value.
    fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn statement(self, conn: &impl ConnectionTrait, sql: String) -> Statement {
        Statement::from_sql_and_values(conn.get_database_backend(), sql, self.values)
    }

    fn holds(&mut self, query: String) -> String {
        let place = self.place(query);
        self.dialect.holds(&place)
    }

    /// All phrases within the title; within title or tags; anywhere.
    fn phrases(&mut self, phrases: &[String], within: HitIn) -> String {
        let columns: &[&str] = match within {
            HitIn::Title => &["title_plain"],
            HitIn::Tags => &["title_plain", "tags_plain"],
            HitIn::Text => &["title_plain", "tags_plain", "body_plain"],
        };
        let each: Vec<String> = phrases
            .iter()
            .map(|phrase| {
                let place = self.place(phrase.as_str());
                let any = columns.iter().map(|column| self.dialect.contains(column, &place));
                format!("({})", any.collect::<Vec<_>>().join(" OR "))
            })
            .collect();
        each.join(" AND ")
    }

    /// The condition that a row is a hit in `within` and none in a place that comes before.
    fn is_hit(&mut self, wanted: &Wanted, within: HitIn) -> String {
        let query = |dialect: Dialect, hit: HitIn| {
            let needle = hit.mark().map(|mark| wanted.needle.within(mark));
            dialect.query(needle.as_ref().unwrap_or(&wanted.needle))
        };
        let own = query(self.dialect, within);
        let before = within.before().map(|before| (before, query(self.dialect, before)));
        if wanted.phrases.is_empty() {
            let query = match before {
                Some((_, before)) => self.dialect.without(&own, &before),
                None => own,
            };
            return self.holds(query);
        }
        let mut condition = self.holds(own);
        condition.push_str(" AND ");
        condition.push_str(&self.phrases(&wanted.phrases, within));
        if let Some((before, query)) = before {
            // The phrases first: they are short texts, the tokens are long.
            let phrases = self.phrases(&wanted.phrases, before);
            let tokens = self.holds(query);
            condition.push_str(&format!(" AND NOT ({phrases} AND {tokens})"));
        }
        condition
    }

    fn narrowed(&mut self, by: &Narrowing) -> String {
        let mut all = String::new();
        let mut and = |condition: String| {
            all.push_str(" AND ");
            all.push_str(&condition);
        };
        if let Some(kind) = by.kind {
            let place = self.place(kind.as_str());
            and(format!("kind = {place}"));
        }
        if let Some(category) = &by.category {
            let place = self.place(category.as_str());
            and(format!("category = {place}"));
        }
        if let Some(class) = &by.class {
            let place = self.place(class.as_str());
            and(format!("product_class = {place}"));
        }
        if let Some(audience) = &by.audience {
            let place = self.place(format!(",{audience},"));
            let is_named = self.dialect.contains("audiences", &place);
            and(format!("(audiences = '' OR {is_named})"));
        }
        if let Some(region) = &by.region {
            // Those around it, itself, and those within.
            let around = [2, 4, 6, 9].into_iter().filter_map(|length| region.get(..length));
            let around: Vec<String> = around.map(|code| self.place(code)).collect();
            let around = around.join(", ");
            let within = self.place(format!("{region}%"));
            and(format!(
                "(region_code IS NULL OR region_code IN ({around}) OR region_code LIKE {within})"
            ));
        }
        if let Some(since) = by.since {
            let place = self.place(since);
            and(format!("published_at >= {place}"));
        }
        all
    }

    fn after(&mut self, cursor: Option<Cursor>) -> String {
        let Some(Cursor { at, id }) = cursor else { return String::new() };
        let (at, id) = (self.place(at), self.place(id));
        format!(" AND (published_at, ref_id) < ({at}, {id})")
    }
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Index,
    Walk,
}

/// Hits of one place after `cursor`, newest first, at most `limit`. `is_broad` is whether
/// [`candidates`] found more than one would sort.
pub async fn hits(
    conn: &impl ConnectionTrait,
    (wanted, within): (&Wanted, HitIn),
    narrowing: &Narrowing,
    cursor: Option<Cursor>,
    limit: u64,
    is_broad: bool,
) -> Result<Vec<Found>, DbErr> {
    let may_walk = is_broad && Dialect::of(conn).may_walk();
    // Most of what holds the words at all holds them in the text.
    let walks =
        may_walk && (within == HitIn::Text || are_many(conn, (wanted, within), narrowing).await?);
    if walks {
        let found = look(conn, (wanted, within), narrowing, cursor, limit, Way::Walk).await?;
        if found.len() as u64 == limit {
            return Ok(found);
        }
    }
    look(conn, (wanted, within), narrowing, cursor, limit, Way::Index).await
}

/// Whether a place holds more hits than one would sort, by its tokens.
async fn are_many(
    conn: &impl ConnectionTrait,
    (wanted, within): (&Wanted, HitIn),
    narrowing: &Narrowing,
) -> Result<bool, DbErr> {
    let mut tokens = wanted.clone();
    tokens.phrases.clear();
    let mut sql = Sql::new(conn);
    let (is_hit, narrowed) = (sql.is_hit(&tokens, within), sql.narrowed(narrowing));
    let text = format!(
        "SELECT COUNT(*) AS count FROM (SELECT 1 FROM search_documents WHERE {is_hit}{narrowed} \
         LIMIT {}) AS found",
        SORTED + 1
    );
    let row = conn.query_one_raw(sql.statement(conn, text)).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
    Ok(u64::try_from(count).is_ok_and(|count| count > SORTED))
}

async fn look(
    conn: &impl ConnectionTrait,
    (wanted, within): (&Wanted, HitIn),
    narrowing: &Narrowing,
    cursor: Option<Cursor>,
    limit: u64,
    way: Way,
) -> Result<Vec<Found>, DbErr> {
    const COLUMNS: &str = "kind, ref_id, title, tags, body, category, product_class, region_code, \
                           published_at";
    const NEWEST: &str = "ORDER BY published_at DESC, ref_id DESC LIMIT";
    let mut sql = Sql::new(conn);
    let is_hit = sql.is_hit(wanted, within);
    let narrowed = sql.narrowed(narrowing);
    let after = sql.after(cursor);
    let rows = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let most = sql.place(rows(limit));
    let text = match way {
        Way::Index => format!(
            "SELECT {COLUMNS} FROM (SELECT {COLUMNS} FROM search_documents \
             WHERE {is_hit}{narrowed}{after}{}) AS found {NEWEST} {most}",
            sql.dialect.fence()
        ),
        Way::Walk => {
            let walked = sql.place(rows(limit * WALKED_PER_ROW));
            format!(
                "SELECT {COLUMNS} FROM (SELECT {COLUMNS}, title_plain, tags_plain, body_plain, \
                 tokens FROM search_documents WHERE TRUE{narrowed}{after} {NEWEST} {walked}) \
                 AS newest WHERE {is_hit} {NEWEST} {most}"
            )
        }
    };
    Found::find_by_statement(sql.statement(conn, text)).all(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::search::{IN_HEAD, IN_TITLE, Query, Synonyms};

    fn condition(dialect: Dialect, query: &str, within: HitIn) -> (String, Vec<Value>) {
        let wanted = Query::parse(query).unwrap().expand(&Synonyms::default());
        let mut sql = Sql { dialect, values: Vec::new() };
        (sql.is_hit(&wanted, within), sql.values)
    }

    #[test]
    fn what_comes_before_is_left_out_by_the_index() {
        for (dialect, text) in [
            (Dialect::Postgres, format!("'{IN_HEAD}质量' & !'{IN_TITLE}质量'")),
            (Dialect::Sqlite, format!("\"{IN_HEAD}质量\" NOT \"{IN_TITLE}质量\"")),
        ] {
            let (_, values) = condition(dialect, "质量", HitIn::Tags);
            assert_eq!(values, [Value::from(text)]);
        }
    }

    #[test]
    fn a_phrase_is_looked_up_in_the_texts() {
        let (sql, values) = condition(Dialect::Postgres, "\"质量安全\"", HitIn::Tags);
        assert_eq!(
            sql,
            "tokens @@ CAST($1 AS tsquery) \
             AND (strpos(title_plain, $2) > 0 OR strpos(tags_plain, $2) > 0) \
             AND NOT ((strpos(title_plain, $3) > 0) AND tokens @@ CAST($4 AS tsquery))"
        );
        assert_eq!(values.len(), 4);
    }
}
