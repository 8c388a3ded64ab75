//! What is written differently for the engines, and a statement that grows with its values. Both
//! dialects stand side by side in [`Dialect`]; everything else is one SQL for both.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::find::{Asked, Narrowing};
use crate::features::search::model::HitIn;
use crate::platform::db::Cursor;
use crate::platform::search::{Needle, Wanted};

/// What is written differently.
#[derive(Clone, Copy)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

impl Dialect {
    pub(super) fn of(conn: &impl ConnectionTrait) -> Self {
        match conn.get_database_backend() {
            DbBackend::Postgres => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    pub(super) fn query(self, needle: &Needle) -> String {
        match self {
            Self::Postgres => needle.to_tsquery(),
            Self::Sqlite => needle.to_fts5(),
        }
    }

    /// One and not the other.
    pub(super) fn without(self, query: &str, other: &str) -> String {
        match self {
            Self::Postgres => format!("{query} & !{other}"),
            Self::Sqlite => format!("{query} NOT {other}"),
        }
    }

    /// The condition that a row holds the tokens of the query in `place`.
    pub(super) fn holds(self, place: &str) -> String {
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
    pub(super) fn contains(self, column: &str, place: &str) -> String {
        match self {
            Self::Postgres => format!("strpos({column}, {place}) > 0"),
            Self::Sqlite => format!("instr({column}, {place}) > 0"),
        }
    }

    /// FTS5 gives rows in no order that would help, and its databases are small.
    pub(super) fn may_walk(self) -> bool {
        matches!(self, Self::Postgres)
    }
}

/// A statement that grows with its values.
pub(super) struct Sql {
    pub(super) dialect: Dialect,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(conn: &impl ConnectionTrait) -> Self {
        Self { dialect: Dialect::of(conn), values: Vec::new() }
    }

    /// The place of a value.
    pub(super) fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The place of a number of rows.
    pub(super) fn count(&mut self, rows: u64) -> String {
        self.place(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    pub(super) fn statement(self, conn: &impl ConnectionTrait, sql: String) -> Statement {
        Statement::from_sql_and_values(conn.get_database_backend(), sql, self.values)
    }

    pub(super) fn holds(&mut self, query: String) -> String {
        let place = self.place(query);
        self.dialect.holds(&place)
    }

    /// All phrases within the title; within title or tags; anywhere.
    pub(super) fn phrases(&mut self, phrases: &[String], within: HitIn) -> String {
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
    pub(super) fn is_hit(&mut self, wanted: &Wanted, within: HitIn) -> String {
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

    pub(super) fn narrowed(&mut self, by: &Narrowing) -> String {
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

    /// What besides the words a row must be.
    pub(super) fn rest(&mut self, asked: Asked<'_>) -> String {
        let mut rest = self.narrowed(asked.narrowing);
        rest.push_str(&self.after(asked.after));
        rest
    }

    /// All that a row must be.
    pub(super) fn condition(&mut self, asked: Asked<'_>) -> String {
        let mut condition = self.is_hit(asked.wanted, asked.within);
        condition.push_str(&self.rest(asked));
        condition
    }

    pub(super) fn after(&mut self, cursor: Option<Cursor>) -> String {
        let Some(Cursor { at, id }) = cursor else { return String::new() };
        let (at, id) = (self.place(at), self.place(id));
        format!(" AND (published_at, ref_id) < ({at}, {id})")
    }
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
