//! Keys change beside running writers, and nothing is lost.

mod rows;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use entity::{account, complaint, correction_request, staff_factor};
use futures_util::future::join_all;
use sanjin::platform::config::{FieldAlgorithm, FieldKey, Key, Secret};
use sanjin::platform::crypto::{FIELDS, LONE_INDEXES, column, rotate, status};
use sanjin::platform::db::AuditActor;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use serde_json::{Value, json};
use tests::{Class, Config, Person, Process, TestApp, backends, complaint_body, wide_pool, with};
use uuid::Uuid;

use rows::{PLANTED, plant_rows};

const PHONE: &str = column::ACCOUNT_PHONE.purpose;

fn field_key(id: &str, algorithm: FieldAlgorithm) -> FieldKey {
    let digits = if algorithm == FieldAlgorithm::Sm4Gcm { 32 } else { 64 };
    FieldKey { id: id.to_owned(), secret: Secret::new("5".repeat(digits)), algorithm }
}

fn new_index_key() -> Key {
    Key { id: "new".to_owned(), secret: Secret::new("6".repeat(64)) }
}

/// A new key in front of the old ones, of each kind.
fn put_in_front(config: &mut Config) {
    config.crypto.field_keys.insert(0, field_key("new", FieldAlgorithm::Sm4Gcm));
    config.crypto.index_keys.insert(0, new_index_key());
}

/// The new keys alone.
fn forget_old(config: &mut Config) {
    config.crypto.field_keys = vec![field_key("new", FieldAlgorithm::Sm4Gcm)];
    config.crypto.index_keys = vec![new_index_key()];
}

async fn bind(app: &TestApp, id: Uuid, phone: &str) {
    let sealed = app.app.cipher.seal(PHONE, phone.as_bytes()).unwrap();
    let tx = app.app.begin(AuditActor::System).await.unwrap();
    account::Entity::update_many()
        .col_expr(account::Column::PhoneCipher, Expr::value(sealed))
        .col_expr(account::Column::PhoneIndex, Expr::value(app.app.blind_index.of(PHONE, phone)))
        .filter(account::Column::Id.eq(id))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Who has a phone, found by its index under any key that `app` knows.
async fn holders(app: &TestApp, phone: &str) -> Vec<Uuid> {
    let indexes = app.app.blind_index.all_of(PHONE, phone);
    let found = account::Entity::find().filter(account::Column::PhoneIndex.is_in(indexes));
    found.all(&app.app.db).await.unwrap().into_iter().map(|row| row.id).collect()
}

async fn phones(app: &TestApp) -> BTreeMap<Uuid, String> {
    let rows = account::Entity::find().all(&app.app.db).await.unwrap();
    let phone = |row: account::Model| {
        let sealed = row.phone_cipher?;
        Some((row.id, app.app.cipher.open_text(PHONE, &sealed).unwrap()))
    };
    rows.into_iter().filter_map(phone).collect()
}

/// What is in every encrypted column at once: a resident, a complaint under a key, an audit entry
/// with an address, a class, WeChat's token, and the rows of [`plant_rows`]. Returns the resident
/// and the class.
async fn everything(app: &TestApp) -> (Person, Class) {
    let person = app.resident("xiaoming").await;
    bind(app, person.id, "13800138000").await;
    let post = app.post("/api/v1/complaints").by(&person).json(complaint_body());
    post.header("idempotency-key", "rotation-0001").send().await.expect(201);
    let teacher = json!({ "audience": "teacher" });
    app.patch("/api/v1/me").by(&person).json(teacher).send().await.expect(200);
    let school = json!({ "name": "某某小学" });
    app.put("/api/v1/me/school").by(&person).json(school).send().await.expect(200);
    let real =
        json!({ "name": "王小明", "id_number": "11010519491231002X", "purpose": "complaint" });
    app.put("/api/v1/me/real-name").by(&person).json(real).send().await.expect(200);
    app.get("/api/v1/staff/articles")
        .by(&app.lab("实验室").await.staff)
        .send()
        .await
        .problem(403, "forbidden");
    app.app.wechat.access_token().await.unwrap();
    plant_rows(app, &person).await;
    (person, app.class(&app.teacher("laoshi").await, 5).await)
}

/// Whether nothing is under another key than the first.
async fn is_clean(app: &TestApp) -> bool {
    status(&app.app).await.unwrap().fields.iter().all(|field| {
        let old: i64 = field.by_key.iter().skip(1).map(|(_, held)| held).sum();
        old == 0 && field.unknown == 0 && field.stale_indexes == 0
    })
}

#[test]
fn every_encrypted_column_is_in_the_inventory() {
    let mut columns: Vec<String> = Vec::new();
    for table in entity::all_tables() {
        let ciphers = table.columns.iter().filter(|(name, _)| name.ends_with("_cipher"));
        columns.extend(ciphers.map(|(name, _)| format!("{}.{name}", table.name)));
    }
    let mut listed: Vec<String> = FIELDS.iter().map(|field| field.name()).collect();
    columns.sort();
    listed.sort();
    assert_eq!(listed, columns);
    let mut indexes: Vec<String> = Vec::new();
    for table in entity::all_tables() {
        let named = table.columns.iter().filter(|(name, _)| name.ends_with("_index"));
        indexes.extend(named.map(|(name, _)| format!("{}.{name}", table.name)));
    }
    let with_cipher = FIELDS.iter().filter_map(|f| Some(format!("{}.{}", f.table, f.index?)));
    let lone = LONE_INDEXES.iter().map(|(table, column)| format!("{table}.{column}"));
    let mut listed: Vec<String> = with_cipher.chain(lone).collect();
    indexes.sort();
    listed.sort();
    assert_eq!(listed, indexes);
    let mut purposes: Vec<&str> = FIELDS.iter().map(|field| field.purpose).collect();
    purposes.sort_unstable();
    purposes.dedup();
    assert_eq!(purposes.len(), FIELDS.len(), "a purpose belongs to one column");
    let tables = entity::all_tables();
    for field in FIELDS {
        let table = tables.iter().find(|table| table.name == field.table).unwrap();
        for name in field.key.iter().map(|(name, _)| *name).chain(field.index) {
            assert!(
                table.columns.iter().any(|(column, _)| column == name),
                "{}.{name}",
                field.table
            );
        }
    }
}

backends! {
    async fn rotation_reaches_every_column_and_the_old_keys_can_go(app) {
        let (person, class) = everything(app).await;
        let next = app.replica_with(put_in_front).await;
        for field in status(&next.app).await.unwrap().fields {
            let held: Vec<(&str, bool)> = field.by_key.iter().map(|(id, held)| (id.as_str(), *held > 0)).collect();
            assert_eq!(held, [("new", false), ("sandbox", true)], "{}", field.field);
        }
        // Old rows are found and shown while both keys are known.
        let take = |replica: &TestApp, card: Value| {
            let code = with(&card, "class_code", json!(class.code));
            replica.post("/api/v1/auth/class-seat").json(code).send()
        };
        let seat = take(app, json!({})).await.expect(200);
        let card = json!({ "seat_number": seat["seat_number"], "pin": seat["pin"] });
        take(&next, card).await.expect(200);
        take(app, json!({})).await.expect(200);
        assert_eq!(holders(&next, "13800138000").await, [person.id]);
        assert!(rotate(&next.app, usize::MAX, |_| {}).await.unwrap());
        assert!(is_clean(&next).await);
        // A seat's card is a hash alone: it stays under its key until it is used, and that is told.
        let old = status(&next.app).await.unwrap().lone_indexes;
        assert!(old.contains(&("class_seats.pin_index".to_owned(), 1)), "{old:?}");
        next.stop().await;
        let alone = app.replica_with(forget_old).await;
        take(&alone, json!({})).await.expect(200);
        assert_eq!(holders(&alone, "13800138000").await, [person.id]);
        let me = alone.get("/api/v1/me").by(&person).send().await.expect(200);
        assert_eq!(me["phone"], "138****8000");
        let post = alone.post("/api/v1/complaints").by(&person).json(complaint_body());
        let replay = post.header("idempotency-key", "rotation-0001").send().await;
        assert_eq!([replay.expect(201)["complainant"]["name"].as_str(), Some(replay.header("idempotency-replayed"))], [Some("王**"), Some("true")]);
        let wish = correction_request::Entity::find().one(&alone.app.db).await.unwrap().unwrap();
        let factor = staff_factor::Entity::find().one(&alone.app.db).await.unwrap().unwrap();
        for (field, sealed) in [
            (column::CORRECTION_WISH, wish.wish_cipher),
            (column::CORRECTION_REASON, wish.reason_cipher.unwrap()),
            (column::STAFF_FACTOR_SECRET, factor.secret_cipher.unwrap()),
            (column::STAFF_FACTOR_PENDING, factor.pending_cipher.unwrap()),
        ] {
            assert_eq!(alone.app.cipher.open(field.purpose, &sealed).unwrap(), PLANTED);
        }
        // The audit trail is verified with the new field key: its own keys did not change.
        sanjin::platform::audit::seal(&alone.app).await.unwrap();
        assert!(sanjin::platform::audit::verify(&alone.app, None).await.unwrap().is_ok());
        alone.stop().await;
        // The first process has the old keys only and cannot read the addresses any more.
        app.damage_audit();
    }

    async fn rotation_of_a_field_that_does_not_open_leaves_it_and_says_so(app) {
        let people = app.residents(3).await;
        for (n, person) in people.iter().enumerate() {
            bind(app, person.id, &format!("1380013800{n}")).await;
        }
        let mut broken: account::ActiveModel = account::Entity::find_by_id(people[1].id).one(&app.app.db).await.unwrap().unwrap().into();
        broken.phone_cipher = Set(Some(b"\x01\x04gone-and-forgotten".to_vec()));
        account::Entity::update(broken).exec(&app.app.db).await.unwrap();
        let next = app.replica_with(put_in_front).await;
        let mut seen = Vec::new();
        rotate(&next.app, usize::MAX, |progress| seen.push(format!("{} {:?}", progress.field, progress.status))).await.unwrap();
        assert!(seen.contains(&"accounts.phone_cipher Blocked".to_owned()), "{seen:?}");
        let status = status(&next.app).await.unwrap().fields;
        let phones = status.iter().find(|field| field.field == "accounts.phone_cipher").unwrap();
        assert_eq!((phones.by_key[0].1, phones.by_key[1].1, phones.unknown), (2, 0, 1));
        assert_eq!(phones.rotation.as_ref().unwrap().unreadable, 1);
        // It is tried again, and is done when it opens.
        bind(&next, people[1].id, "13800138001").await;
        rotate(&next.app, usize::MAX, |_| {}).await.unwrap();
        assert!(is_clean(&next).await);
        next.stop().await;
        app.damage_audit();
    }

    async fn rotation_is_asked_for_on_the_command_line_and_done_by_a_worker(app, config => { put_in_front(config); config.crypto.field_keys.rotate_left(1); config.crypto.index_keys.rotate_left(1); }) {
        let (person, _) = everything(app).await;
        let url = app.app.config.database.url.expose().to_owned();
        let keys = format!("[{{id=\"new\",secret=\"{}\",algorithm=\"sm4-gcm\"}},{{id=\"sandbox\",secret=\"{}\"}}]", "5".repeat(32), app.app.config.crypto.field_keys[0].secret.expose());
        let indexes = format!("[{{id=\"new\",secret=\"{}\"}},{{id=\"sandbox\",secret=\"{}\"}}]", "6".repeat(64), app.app.config.crypto.index_keys[0].secret.expose());
        let settings = [("SANJIN__DATABASE__URL", url), ("SANJIN__CRYPTO__FIELD_KEYS", keys), ("SANJIN__CRYPTO__INDEX_KEYS", indexes)];
        let sanjin = |arguments: &[&str]| {
            let output = Process::output(arguments, &settings, app.folder());
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        assert!(sanjin(&["crypto", "rotate"]).contains("asked for"));
        let before = sanjin(&["crypto", "status"]);
        assert!(before.contains("new 0, sandbox 1"), "{before}");
        let next = app.replica_with(|config| { config.crypto.field_keys.rotate_left(1); config.crypto.index_keys.rotate_left(1); }).await;
        // The command's clock is that of the machine.
        app.execute("UPDATE jobs SET run_at = created_at WHERE kind = 'crypto.rotate'").await;
        app.clock.set(chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap());
        next.drain_jobs().await;
        assert!(is_clean(&next).await);
        let after = sanjin(&["crypto", "status"]);
        assert!(after.contains("new 1, sandbox 0") && after.contains("done"), "{after}");
        // Both keys are known, so this replica reads what is under the new one.
        assert_eq!(phones(app).await[&person.id], "13800138000");
        next.stop().await;
    }

    async fn rotation_under_load_that_is_killed_in_the_middle_loses_nothing(app, config => {
        wide_pool(config);
        put_in_front(config);
        config.crypto.field_keys.rotate_left(1);
        config.crypto.index_keys.rotate_left(1);
    }) {
        const PEOPLE: usize = 3_000;
        let people = app.residents(4).await;
        let mut expected = BTreeMap::new();
        let tx = app.app.begin(AuditActor::System).await.unwrap();
        for n in 0..PEOPLE {
            let phone = format!("139{n:08}");
            let row = account::ActiveModel {
                id: Set(tx.new_id()),
                status: Set(account::AccountStatus::Active),
                epoch: Set(0),
                phone_cipher: Set(Some(app.app.cipher.seal(PHONE, phone.as_bytes()).unwrap())),
                phone_index: Set(Some(app.app.blind_index.of(PHONE, &phone))),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                version: Set(0),
                ..account::ActiveModel::default()
            };
            let row = account::Entity::insert(row).exec_with_returning(&tx).await.unwrap();
            expected.insert(row.id, phone);
        }
        tx.commit().await.unwrap();
        // The replica that writes while others rotate has the new keys in front.
        let next = app.replica_with(|config| {
            config.crypto.field_keys.rotate_left(1);
            config.crypto.index_keys.rotate_left(1);
        }).await;
        let config = &next.app.config;
        let secret = |n: usize| config.crypto.field_keys[n].secret.expose();
        let index = |n: usize| config.crypto.index_keys[n].secret.expose();
        let settings = [
            ("SANJIN__DATABASE__URL", config.database.url.expose().to_owned()),
            ("SANJIN__CRYPTO__FIELD_KEYS", format!("[{{id=\"new\",secret=\"{}\",algorithm=\"sm4-gcm\"}},{{id=\"sandbox\",secret=\"{}\"}}]", secret(0), secret(1))),
            ("SANJIN__CRYPTO__INDEX_KEYS", format!("[{{id=\"new\",secret=\"{}\"}},{{id=\"sandbox\",secret=\"{}\"}}]", index(0), index(1))),
        ];
        let mut killed = Process::spawn(&["crypto", "rotate", "--wait"], &settings, app.folder());
        let under_way = "SELECT COUNT(*) FROM crypto_rotations WHERE field = 'accounts.phone_cipher' AND cursor IS NOT NULL";
        let begun = Instant::now();
        while app.count(under_way).await == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the rotation does not begin");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        killed.kill();
        let done = "SELECT COUNT(*) FROM crypto_rotations WHERE field = 'accounts.phone_cipher' AND status = 'done'";
        assert_eq!(app.count(done).await, 0, "it was killed in the middle");
        // Two workers go on where it was, while phones and complaints are written: also by a replica
        // that still has the old keys in front.
        let ids: Vec<Uuid> = expected.keys().copied().collect();
        let writers = join_all((0..4).map(|writer| {
            let (ids, replica) = (&ids, if writer % 2 == 0 { app } else { &next });
            let person = &people[writer];
            async move {
                let mut written = Vec::new();
                for round in 0..40 {
                    let id = ids[(round * 67 + writer * 750) % ids.len()];
                    let phone = format!("137{writer:02}{round:06}");
                    bind(replica, id, &phone).await;
                    written.push((id, phone));
                    if round % 8 == 0 {
                        let body = with(&complaint_body(), "complainant.name", json!(format!("投诉人{writer}{round}")));
                        replica.post("/api/v1/complaints").by(person).json(body).send().await.expect(201);
                    }
                }
                written
            }
        }));
        let rotations = join_all((0..2).map(async |_| {
            rotate(&next.app, usize::MAX, |_| {}).await.unwrap();
        }));
        let (written, _) = tokio::join!(writers, rotations);
        // Each writer has accounts of its own, so the last of its phones is the one that counts.
        for (id, phone) in written.into_iter().flatten() {
            expected.insert(id, phone);
        }
        // What the replica with the old settings wrote late is found by a rotation from the start.
        let tx = next.app.begin(AuditActor::System).await.unwrap();
        sanjin::platform::crypto::start_rotation(&tx, &next.app).await.unwrap();
        tx.commit().await.unwrap();
        rotate(&next.app, usize::MAX, |_| {}).await.unwrap();
        assert!(is_clean(&next).await);
        let alone = app.replica_with(forget_old).await;
        assert_eq!(phones(&alone).await, expected);
        for (id, phone) in expected.iter().step_by(97) {
            assert_eq!(holders(&alone, phone).await, [*id], "{phone}");
        }
        let complaints = complaint::Entity::find().all(&alone.app.db).await.unwrap();
        assert_eq!(complaints.len(), 20);
        let mut names: Vec<String> = complaints
            .iter()
            .map(|row| alone.app.cipher.open_text(column::COMPLAINT_NAME.purpose, &row.complainant_name_cipher).unwrap())
            .collect();
        names.sort();
        names.dedup();
        assert!(names.len() == 20 && names.iter().all(|name| name.starts_with("投诉人")));
        alone.stop().await;
        next.stop().await;
    }
}
