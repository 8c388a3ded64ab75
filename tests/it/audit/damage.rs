//! Planted tampering, by somebody who may do everything to the database and has no key.

use chrono::TimeDelta;
use sanjin::platform::audit::{Damage, Link, verify};
use tests::{Engine, Process, Role, TestApp, backends};
use uuid::Uuid;

use super::{edits, sealed_head, verified};

/// Takes away everything by which the database itself would refuse.
async fn disarm(app: &TestApp) {
    let guards: &[&str] = match app.engine() {
        Engine::Sqlite => &[
            "DROP TRIGGER audit_entries_update_guard",
            "DROP TRIGGER audit_entries_delete_guard",
            "DROP TRIGGER audit_chain_update_guard",
            "DROP TRIGGER audit_chain_delete_guard",
        ],
        Engine::Postgres => &[
            "DROP TRIGGER audit_entries_guard ON audit_entries",
            "DROP TRIGGER audit_entries_truncate_guard ON audit_entries",
            "DROP TRIGGER audit_chain_guard ON audit_chain",
            "DROP TRIGGER audit_chain_truncate_guard ON audit_chain",
        ],
    };
    for sql in guards {
        app.execute(sql).await;
    }
    app.execute("DROP INDEX uq_audit_entries_seq").await;
    app.damage_audit();
}

/// Seven sealed entries: two of the system, then five of an editor, each alone in its second.
async fn trail(app: &TestApp) -> Link {
    let editor = app.staff(Role::Editor, "country").await;
    app.advance(TimeDelta::seconds(1));
    edits(app, &editor, 4).await;
    let head = sealed_head(app).await;
    assert_eq!(head.seq, 7);
    disarm(app).await;
    for table in ["audit_entries", "audit_chain"] {
        app.execute(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
    head
}

async fn restore(app: &TestApp) {
    for table in ["audit_entries", "audit_chain"] {
        app.execute(&format!("DELETE FROM {table}")).await;
        app.execute(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }
    assert!(verified(app).await.is_ok(), "what was put back is whole");
}

async fn entry(app: &TestApp, seq: i64) -> Uuid {
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

    let rows = entity::audit_entry::Entity::find();
    let row = rows.filter(entity::audit_entry::Column::Seq.eq(seq)).one(&app.app.db).await;
    row.unwrap().unwrap().id
}

backends! {
    async fn every_changed_column_of_an_entry_is_found(app) {
        trail(app).await;
        let tables = entity::all_tables();
        let table = tables.iter().find(|table| table.name == "audit_entries").unwrap();
        assert!(table.columns.len() >= 18);
        for (column, _) in &table.columns {
            // The value of the system's entry in that of an editor, or the other way round.
            for (to, from) in [(1, 4), (4, 1)] {
                let value = format!("(SELECT \"{column}\" FROM kept_audit_entries WHERE seq = {from})");
                let value = if column == "id" { app.literal(Uuid::from_u128(7)) } else { value };
                let same = format!("SELECT COUNT(*) FROM kept_audit_entries a, kept_audit_entries b \
                    WHERE a.seq = {to} AND b.seq = {from} AND a.\"{column}\" = b.\"{column}\"");
                let is_same = app.count(&same).await == 1;
                // Two of these entries differ in every column but in how they ended.
                let value = if is_same && column == "outcome" { "'failed'" } else { &value };
                assert!(!is_same || column == "outcome", "{column} does not differ");
                app.execute(&format!("UPDATE audit_entries SET \"{column}\" = {value} WHERE seq = {to}")).await;
                let damage = verified(app).await.unwrap_err();
                match column.as_str() {
                    "seq" | "link" => {}
                    _ => assert!(matches!(damage, Damage::Changed { seq, .. } if seq == to), "{column}: {damage}"),
                }
                restore(app).await;
            }
        }
    }

    async fn every_removed_entry_is_found(app) {
        trail(app).await;
        for (gone, damage) in [
            ("seq = 1", Damage::Missing { from: 1, to: 1 }),
            ("seq = 4", Damage::Missing { from: 4, to: 4 }),
            ("seq IN (3, 4, 5)", Damage::Missing { from: 3, to: 5 }),
            ("seq = 7", Damage::CutOff { last: 6, head: 7 }),
            ("seq > 3", Damage::CutOff { last: 3, head: 7 }),
            ("seq > 0", Damage::CutOff { last: 0, head: 7 }),
        ] {
            app.execute(&format!("DELETE FROM audit_entries WHERE {gone}")).await;
            assert_eq!(verified(app).await.unwrap_err(), damage);
            restore(app).await;
        }
        // The gap closed by giving the rest new numbers.
        app.execute("DELETE FROM audit_entries WHERE seq = 4").await;
        app.execute("UPDATE audit_entries SET seq = seq - 1 WHERE seq > 4").await;
        let next = Damage::Misplaced { seq: 4, id: entry(app, 4).await };
        assert_eq!(verified(app).await.unwrap_err(), next);
        restore(app).await;
        // Taken out of the chain instead of removed.
        app.execute("UPDATE audit_entries SET seq = NULL, link = NULL WHERE seq = 4").await;
        assert_eq!(verified(app).await.unwrap_err(), Damage::Missing { from: 4, to: 4 });
    }

    async fn reordered_entries_are_found(app) {
        trail(app).await;
        for columns in [&["seq"][..], &["seq", "link"]] {
            let set = |other: i64| -> String {
                let value = |column: &&str| {
                    format!("{column} = (SELECT {column} FROM kept_audit_entries WHERE seq = {other})")
                };
                columns.iter().map(value).collect::<Vec<_>>().join(", ")
            };
            let (third, fifth) = (entry(app, 3).await, entry(app, 5).await);
            for (id, other) in [(third, 5), (fifth, 3)] {
                let sql = format!("UPDATE audit_entries SET {} WHERE id = {}", set(other), app.literal(id));
                app.execute(&sql).await;
            }
            let damage = Damage::Misplaced { seq: 3, id: fifth };
            assert_eq!(verified(app).await.unwrap_err(), damage, "{columns:?}");
            restore(app).await;
        }
    }

    async fn forged_entries_are_found(app) {
        trail(app).await;
        let columns = "at, actor_kind, actor_id, action, object_kind, object_id, outcome, mac, link";
        let forge = async |id: u128, seq: &str| {
            let id = app.literal(Uuid::from_u128(id));
            app.execute(&format!(
                "INSERT INTO audit_entries (id, seq, {columns}) SELECT {id}, {seq}, {columns} \
                 FROM kept_audit_entries WHERE seq = 3"
            ))
            .await;
            verified(app).await.unwrap_err()
        };
        let one = Uuid::from_u128(1);
        assert_eq!(forge(1, "8").await, Damage::BeyondHead { seq: 8, id: one });
        restore(app).await;
        assert_eq!(forge(1, "0").await, Damage::BehindStart { seq: 0, id: one });
        restore(app).await;
        assert_eq!(forge(1, "NULL").await, Damage::ChangedUnsealed { id: one });
        restore(app).await;
        // Under a number that is taken: before the genuine one, and after it.
        assert_eq!(forge(1, "4").await, Damage::Changed { seq: 4, id: one });
        restore(app).await;
        let last = Uuid::from_u128(u128::MAX);
        assert_eq!(forge(u128::MAX, "4").await, Damage::Changed { seq: 4, id: last });
    }

    async fn a_changed_head_is_found_and_nothing_goes_on_from_it(app) {
        trail(app).await;
        for change in ["head_seq = 6", "start_seq = 1", "head_link = start_link", "mac = start_link", "start_link = head_link"] {
            app.execute(&format!("UPDATE audit_chain SET {change}")).await;
            assert_eq!(verified(app).await.unwrap_err(), Damage::HeadChanged, "{change}");
            restore(app).await;
        }
        app.execute("DELETE FROM audit_chain").await;
        assert_eq!(verified(app).await.unwrap_err(), Damage::HeadMissing);
        restore(app).await;
        // The tail cut off and the head led back, without the key.
        app.execute("DELETE FROM audit_entries WHERE seq = 7").await;
        app.execute("UPDATE audit_chain SET head_seq = 6, head_link = (SELECT link FROM audit_entries WHERE seq = 6)").await;
        assert_eq!(verified(app).await.unwrap_err(), Damage::HeadChanged);
        app.staff(Role::Editor, "country").await;
        assert!(sanjin::platform::audit::seal(&app.app).await.is_err());
    }

    async fn a_trail_set_back_as_a_whole_is_found_by_an_anchor(app) {
        let early = {
            app.staff(Role::Editor, "country").await;
            sealed_head(app).await
        };
        app.execute("CREATE TABLE early_chain AS SELECT * FROM audit_chain").await;
        app.advance(TimeDelta::seconds(1));
        app.staff(Role::Editor, "country").await;
        let late = sealed_head(app).await;
        let expect = async |anchor: &Link| verify(&app.app, Some(anchor)).await.unwrap();
        assert!(expect(&early).await.is_ok() && expect(&late).await.is_ok());
        let other = Link { seq: early.seq, value: late.value.clone() };
        assert_eq!(expect(&other).await.unwrap_err(), Damage::Unexpected { seq: early.seq });
        // The sealer wrote the anchor where the database cannot reach it.
        let line = format!("anchor={late}");
        assert!(app.log_lines().iter().any(|logged| logged.contains(&line)));
        disarm(app).await;
        app.execute(&format!("DELETE FROM audit_entries WHERE seq > {}", early.seq)).await;
        app.execute("DELETE FROM audit_chain").await;
        app.execute("INSERT INTO audit_chain SELECT * FROM early_chain").await;
        assert!(verified(app).await.is_ok(), "by itself it is a whole trail");
        let set_back = Damage::SetBack { seq: late.seq, head: early.seq };
        assert_eq!(expect(&late).await.unwrap_err(), set_back);
    }

    async fn an_entry_that_no_sealer_comes_for_is_found(app) {
        app.staff(Role::Editor, "country").await;
        app.advance(TimeDelta::minutes(15));
        let report = verified(app).await.unwrap();
        assert_eq!((report.entries, report.unsealed), (0, 2));
        app.advance(TimeDelta::minutes(1));
        assert!(matches!(verified(app).await, Err(Damage::Unsealed { minutes: 16, .. })));
        let head = sealed_head(app).await;
        let report = verified(app).await.unwrap();
        assert_eq!((report.entries, report.unsealed, report.head), (2, 0, head));
    }

    async fn the_command_line_says_what_is_wrong_first(app) {
        let url = app.app.config.database.url.expose().to_owned();
        let verify = |arguments: &[&str]| {
            let settings = [("SANJIN__DATABASE__URL", url.clone())];
            let all = [&["audit", "verify"], arguments].concat();
            let output = Process::output(&all, &settings, app.folder());
            let said = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8_lossy(&said).into_owned())
        };
        app.staff(Role::Editor, "country").await;
        let (is_well, said) = verify(&["--seal"]);
        assert!(is_well && said.contains("intact: 2 entries after 0, 0 not sealed yet, head 2:"), "{said}");
        let head = sealed_head(app).await.to_string();
        assert!(verify(&["--expect", &head]).0);
        let (is_well, said) = verify(&["--expect", &format!("9{head}")]);
        assert!(!is_well && said.contains("set back: link 92 is expected"), "{said}");
        assert!(!verify(&["--expect", "nonsense"]).0);
        disarm(app).await;
        app.execute("UPDATE audit_entries SET action = 'staff.login'").await;
        let (is_well, said) = verify(&[]);
        assert!(!is_well && said.contains("changed or forged: entry 1 ("), "{said}");
    }
}
