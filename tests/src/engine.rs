//! A database and a Kv of its own for every test.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, Database};
use tempfile::TempDir;
use uuid::Uuid;

use crate::services::Services;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// With the Kv of the process.
    Sqlite,
    /// With Redis.
    Postgres,
}

impl Engine {
    /// Counts the bookings whose waiting a job will end.
    pub fn bookings_that_expire(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT COUNT(DISTINCT value) FROM jobs, json_each(payload, '$.booking_ids') \
                 WHERE kind = 'booking.expire'"
            }
            Self::Postgres => {
                "SELECT COUNT(DISTINCT booking_id) FROM jobs, \
                 jsonb_array_elements_text(payload -> 'booking_ids') AS waiting (booking_id) \
                 WHERE kind = 'booking.expire'"
            }
        }
    }
}

/// The addresses of a test's own world. What a failed test leaves behind goes with the cluster.
#[derive(Debug)]
pub struct World {
    pub engine: Engine,
    pub database_url: String,
    pub kv_url: String,
    pub kv_prefix: String,
    pub folder: TempDir,
}

impl World {
    /// A migrated database: a copied file, or a database made from the template.
    pub async fn create(engine: Engine) -> Self {
        let services = Services::shared().await;
        let folder = TempDir::new().expect("a temporary folder");
        let name = format!("t_{}", Uuid::new_v4().simple());
        let (database_url, kv_url) = match engine {
            Engine::Sqlite => {
                let file = folder.path().join("test.db");
                std::fs::copy(&services.sqlite_template, &file).expect("the template is there");
                (sqlite_url(&file), "memory:".to_owned())
            }
            Engine::Postgres => {
                let admin = Database::connect(services.postgres_url("postgres")).await.unwrap();
                // Copied as files: through the log it would take ten times as long.
                let sql =
                    format!("CREATE DATABASE {name} TEMPLATE sanjin_template STRATEGY file_copy");
                admin.execute_unprepared(&sql).await.expect("a database from the template");
                admin.close().await.unwrap();
                (services.postgres_url(&name), services.redis_url.clone())
            }
        };
        Self { engine, database_url, kv_url, kv_prefix: name, folder }
    }

    /// Removes the database of a test that passed: a thousand of them would fill a small disk.
    pub async fn discard(&self) {
        if self.engine == Engine::Postgres {
            let services = Services::shared().await;
            let admin = Database::connect(services.postgres_url("postgres")).await.unwrap();
            // By force: a replica of the test may still be closing its connections.
            let sql = format!("DROP DATABASE {} WITH (FORCE)", self.kv_prefix);
            admin.execute_unprepared(&sql).await.expect("its own database");
            admin.close().await.unwrap();
        }
    }
}

pub fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}
