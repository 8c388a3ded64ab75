//! Looks behind the API, and changes what no API changes.

use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::TestRequest;
use crate::engine::Engine;
use crate::logs;

impl TestApp {
    /// How many statements a request takes: the fewest of a few tries, as what is known of its caller
    /// is read anew every second.
    pub async fn statements_of(&self, request: impl Fn() -> TestRequest) -> usize {
        let mut fewest = usize::MAX;
        for _ in 0..3 {
            let before = logs::statements();
            let reply = request().send().await;
            assert!(reply.status.is_success(), "{}", reply.text());
            fewest = fewest.min(logs::statements() - before);
        }
        fewest
    }

    /// Changes the database behind the API's back.
    pub async fn execute(&self, sql: &str) {
        self.app.db.execute_unprepared(sql).await.unwrap();
    }

    /// As [`execute`](Self::execute), when the database may refuse. Returns how many rows changed.
    pub async fn try_execute(&self, sql: &str) -> Result<u64, DbErr> {
        self.app.db.execute_unprepared(sql).await.map(|done| done.rows_affected())
    }

    /// An id as this engine's SQL spells it.
    pub fn literal(&self, id: Uuid) -> String {
        match self.engine() {
            Engine::Sqlite => format!("X'{}'", id.simple()),
            Engine::Postgres => format!("'{id}'"),
        }
    }

    /// One text from the database; none for NULL or no row.
    pub async fn text(&self, sql: &str) -> Option<String> {
        let db = &self.app.db;
        let row = db.query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap()?;
        row.try_get_by_index(0).unwrap()
    }

    /// The ids of a table's rows, oldest first.
    pub async fn ids(&self, table: &str) -> Vec<Uuid> {
        let db = &self.app.db;
        let sql = format!("SELECT id FROM {table} ORDER BY id");
        let rows = db.query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Every row of one table as text; what is stored as bytes in hexadecimal digits.
    pub async fn dump(&self, table: &str) -> String {
        let sql = match self.engine() {
            Engine::Postgres => format!("SELECT string_agg(t::text, ' ') FROM {table} t"),
            Engine::Sqlite => {
                let tables = entity::all_tables();
                let shape = tables.iter().find(|shape| shape.name == table).expect("a table");
                let columns: Vec<String> =
                    shape.columns.iter().map(|(name, _)| format!("quote(\"{name}\")")).collect();
                format!("SELECT group_concat({}, ' ') FROM {table}", columns.join(" || ' ' || "))
            }
        };
        self.text(&sql).await.unwrap_or_default()
    }

    /// The tables that hold `secret` in clear, as text or as bytes.
    pub async fn tables_with(&self, secret: &str) -> Vec<String> {
        let digits: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut found = Vec::new();
        for table in entity::all_tables() {
            // The divisions come from a migration and are many.
            if table.name == "regions" {
                continue;
            }
            let rows = self.dump(&table.name).await;
            if rows.contains(secret) || rows.to_lowercase().contains(&digits) {
                found.push(table.name);
            }
        }
        found
    }
}
