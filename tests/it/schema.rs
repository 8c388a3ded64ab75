//! The migrated schema against the entities, on both engines.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, Statement};
use tests::{Engine, TestApp, backends};

/// Table → column → may it be null.
type Shape = BTreeMap<String, BTreeMap<String, bool>>;

fn of_entities() -> Shape {
    let tables = entity::all_tables().into_iter();
    tables
        .map(|table| {
            let columns = table.columns.into_iter();
            (table.name, columns.map(|(name, column)| (name, column.is_null())).collect())
        })
        .collect()
}

async fn of_database(app: &TestApp) -> Shape {
    let sql = match app.engine() {
        Engine::Sqlite => {
            "SELECT m.name AS t, p.name AS c, CASE WHEN p.\"notnull\" = 0 AND p.pk = 0 THEN 1 ELSE 0 END AS n \
             FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'search_index%'"
        }
        Engine::Postgres => {
            "SELECT table_name AS t, column_name AS c, CASE is_nullable WHEN 'YES' THEN 1 ELSE 0 END AS n \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let db = &app.app.db;
    let rows = db.query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    let mut shape = Shape::new();
    for row in rows {
        let (table, column): (String, String) =
            (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap());
        let is_null = row.try_get::<i32>("", "n").unwrap() == 1;
        shape.entry(table).or_default().insert(column, is_null);
    }
    shape.remove("seaql_migrations");
    // The index of the search is each engine's own: a virtual table, or this column.
    if let Some(documents) = shape.get_mut("search_documents") {
        documents.remove("tokens");
    }
    shape
}

backends! {
    async fn the_schema_is_what_the_entities_say(app) {
        let (wanted, found) = (of_entities(), of_database(app).await);
        let names = |shape: &Shape| shape.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&found), names(&wanted), "tables");
        for (table, columns) in &wanted {
            assert_eq!(&found[table], columns, "columns of {table}");
        }
    }

    async fn regions_hold_the_whole_country(app) {
        let count = async |level: &str| {
            app.count(&format!("SELECT COUNT(*) FROM regions WHERE level = '{level}'")).await
        };
        assert_eq!(count("province").await, 31);
        assert_eq!(count("city").await, 342);
        assert_eq!(count("county").await, 2_978);
        assert_eq!(count("street").await, 41_352);
        assert_eq!(count("reporting_unit").await, 1);
    }

    async fn a_word_outside_its_list_is_refused_also_after_the_list_has_grown(app) {
        let person = app.resident("xiaoming").await;
        let db = &app.app.db;
        for (word, is_good) in [("merged", true), ("closing", true), ("lost", false), ("active", true)] {
            let sql = format!("UPDATE accounts SET status = '{word}'");
            assert_eq!(db.execute_unprepared(&sql).await.is_ok(), is_good, "{word}");
        }
        app.get("/api/v1/me").by(&person).send().await.expect(200);
    }

    async fn a_column_that_became_optional_kept_its_other_rules(app) {
        let lab = app.lab("甲实验室").await;
        app.booking(&app.resident("xiaoming").await, app.slot(&lab, 48, 1).await).await;
        let db = &app.app.db;
        for (change, is_good) in [
            ("account_id = NULL", true),
            ("confirm_by = NULL", true),
            ("slot_id = NULL", false),
            ("status = NULL", false),
            ("status = 'lost'", false),
            ("units = 0", false),
            ("channel = 'fax'", false),
        ] {
            let sql = format!("UPDATE bookings SET {change}");
            assert_eq!(db.execute_unprepared(&sql).await.is_ok(), is_good, "{change}");
        }
        assert!(db.execute_unprepared("UPDATE slots SET reserved_units = -1").await.is_err());
    }
}
