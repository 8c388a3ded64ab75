//! The inventory against the schema: no table and no column can be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use sanjin::features::personal_data::inventory;
use sea_orm::{ConnectionTrait as _, Statement};
use tests::{Engine, TestApp, backends};

type Columns = BTreeMap<String, BTreeSet<String>>;

fn of_inventory() -> Columns {
    let columns = inventory().map(|table| {
        (table.name.to_owned(), table.columns().map(str::to_owned).collect::<BTreeSet<_>>())
    });
    columns.collect()
}

async fn of_catalogue(app: &TestApp) -> Columns {
    let sql = match app.engine() {
        Engine::Sqlite => {
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        Engine::Postgres => {
            "SELECT table_name::text AS t, column_name::text AS c \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let db = &app.app.db;
    let mut found = Columns::new();
    for row in db.query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap() {
        let (table, column): (String, String) =
            (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap());
        found.entry(table).or_default().insert(column);
    }
    // The migrator's own book.
    found.remove("seaql_migrations");
    // What the engines make of `search_documents`, each in its own way.
    found.retain(|table, _| !table.starts_with("search_index"));
    if let Some(columns) = found.get_mut("search_documents") {
        columns.remove("tokens");
    }
    found
}

fn compare(found: &Columns) {
    let known = of_inventory();
    for (table, columns) in found {
        let known = known.get(table).unwrap_or_else(|| {
            panic!("{table} is not in personal_data/model/inventory: whose is it?")
        });
        assert_eq!(known, columns, "the columns of {table} in the inventory and in the schema");
    }
    for table in known.keys() {
        assert!(found.contains_key(table), "{table} is in the inventory and nowhere else");
    }
}

#[test]
fn every_entity_and_every_column_is_in_the_inventory() {
    let tables = entity::all_tables().into_iter();
    compare(
        &tables
            .map(|table| (table.name, table.columns.into_iter().map(|(name, _)| name).collect()))
            .collect(),
    );
}

/// What looks like a reference to an account says so: a table of nobody has none.
#[test]
fn a_table_of_nobody_names_no_account() {
    for table in inventory().filter(|table| !table.is_personal()) {
        let mut columns = table.columns();
        // Staff bind a WeChat account of their own.
        let is_openid = |name: &str| name == "openid" && !table.name.starts_with("staff_");
        let suspect = columns.find(|name| name.contains("account") || is_openid(name));
        assert_eq!(suspect, None, "{}", table.name);
    }
}

/// What is encrypted is opened for its owner, or there is a reason not to.
#[test]
fn every_cipher_is_opened_or_has_a_reason() {
    for table in inventory().filter(|table| table.is_personal()) {
        for column in table.columns().filter(|column| column.ends_with("_cipher")) {
            let is_settled = table.purpose(column).is_some() || table.is_hidden(column);
            assert!(is_settled, "{}.{column}", table.name);
        }
    }
}

backends! {
    async fn every_table_and_column_of_the_database_is_in_the_inventory(app) {
        compare(&of_catalogue(app).await);
    }
}
