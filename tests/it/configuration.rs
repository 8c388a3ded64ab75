//! The command line and its settings: what is refused, what is shown, what production will not do.

use std::path::Path;
use std::process::Output;

use entity::staff_member;
use sea_orm::{Database, EntityTrait as _, PaginatorTrait as _};
use tests::{Engine, Process, World};

fn in_world(body: impl AsyncFnOnce(&World)) {
    actix_web::rt::System::new()
        .block_on(async { body(&World::create(Engine::Sqlite).await).await });
}

fn base(world: &World) -> Vec<(&'static str, String)> {
    vec![
        ("SANJIN__DATABASE__URL", world.database_url.clone()),
        ("SANJIN__STORAGE__ROOT", world.folder.path().join("files").display().to_string()),
    ]
}

/// Everything that production asks for.
fn production(world: &World) -> Vec<(&'static str, String)> {
    let mut settings = base(world);
    settings.extend([
        ("SANJIN__PROFILE", "production".to_owned()),
        ("SANJIN__KV__URL", "memory:".to_owned()),
        ("SANJIN__AUTH__TOKEN_KEYS", format!("[{{id=\"k1\",secret=\"{}\"}}]", "t".repeat(40))),
        ("SANJIN__CRYPTO__FIELD_KEYS", format!("[{{id=\"f1\",secret=\"{}\"}}]", "ab".repeat(32))),
        ("SANJIN__CRYPTO__INDEX_KEYS", format!("[{{id=\"i1\",secret=\"{}\"}}]", "cd".repeat(32))),
        ("SANJIN__CRYPTO__AUDIT_KEYS", format!("[{{id=\"a1\",secret=\"{}\"}}]", "ef".repeat(32))),
        ("SANJIN__WECHAT__APPID", "wx0000000000000000".to_owned()),
        ("SANJIN__WECHAT__SECRET", "a-real-secret-of-wechat".to_owned()),
        ("SANJIN__PRIVACY__CONTROLLER", "某市市场监督管理局".to_owned()),
        ("SANJIN__PRIVACY__CONTACT", "010-62620000".to_owned()),
        ("SANJIN__PRIVACY__CHILDREN_OFFICER", "信息中心，010-62620001".to_owned()),
    ]);
    settings
}

fn sanjin(arguments: &[&str], settings: &[(&str, String)], folder: &Path) -> Output {
    Process::output(arguments, settings, folder)
}

/// How many members of staff there are, looked up behind the service's back.
async fn staff_of(world: &World) -> u64 {
    let db = Database::connect(&world.database_url).await.unwrap();
    staff_member::Entity::find().count(&db).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn refused(output: &Output, because: &str) {
    assert!(!output.status.success(), "it started: {}", text(&output.stdout));
    let said = text(&output.stderr);
    assert!(said.contains(because), "{because:?} is not in {said:?}");
}

#[test]
fn an_unknown_setting_is_refused() {
    in_world(async |world| {
        let mut settings = base(world);
        settings.push(("SANJIN__HTTP__LISTENN", "127.0.0.1:1".to_owned()));
        refused(&sanjin(&["config", "check"], &settings, world.folder.path()), "listenn");
    });
}

#[test]
fn a_limit_that_makes_no_sense_is_refused() {
    in_world(async |world| {
        let check = |rule: &str| {
            let file = world.folder.path().join("limits.toml");
            std::fs::write(&file, format!("[limits.mine]\nwithin = \"minute\"\n{rule}\n")).unwrap();
            let path = file.display().to_string();
            let arguments = ["--config", path.as_str(), "config", "check"];
            sanjin(&arguments, &base(world), world.folder.path())
        };
        let good = "by = [\"account\", \"operation\"]\noperations = [\"create_booking\"]\nmost = 5";
        let checked = check(good);
        assert!(checked.status.success(), "{}", text(&checked.stderr));
        assert!(text(&checked.stdout).contains("limits.mine.most = 5"));
        for (rule, because) in [
            (good.replace("create_booking", "create_bookings"), "no operation create_bookings"),
            (good.replace("\"operation\"", "\"weather\""), "weather"),
            (good.replace("\"account\"", "\"phone\""), "limits.mine: by telephone"),
            (good.replace("most = 5", "most = -1"), "limits.mine.most"),
            (format!("{good}\nburst = 0"), "burst"),
            (format!("{good}\nper_minute = 7"), "per_minute"),
            (format!("{good}\nclass = \"write\""), "either"),
        ] {
            refused(&check(&rule), because);
        }
        let mut settings = base(world);
        settings.push(("SANJIN__CHALLENGE__DIFFICULTY", "40".to_owned()));
        let hard = sanjin(&["config", "check"], &settings, world.folder.path());
        refused(&hard, "challenge.difficulty");
    });
}

#[test]
fn config_check_shows_sources_and_no_secret() {
    in_world(async |world| {
        let file = world.folder.path().join("sanjin.toml");
        std::fs::write(&file, "[http]\nkeep_alive_secs = 7\n").unwrap();
        let settings = [
            ("SANJIN__DATABASE__URL", "postgres://me:hunter2@db.example/sanjin".to_owned()),
            ("SANJIN__WECHAT__SECRET", "do-not-print".to_owned()),
        ];
        let path = file.display().to_string();
        let arguments = ["--config", path.as_str(), "config", "check"];
        let output = sanjin(&arguments, &settings, world.folder.path());
        let said = text(&output.stdout);
        assert!(output.status.success(), "{}", text(&output.stderr));
        for wanted in ["http.keep_alive_secs = 7", "sanjin.toml", "db.example", "environment"] {
            assert!(said.contains(wanted), "{wanted} in {said}");
        }
        for secret in ["hunter2", "do-not-print", "sandbox-token-key", "73616e6a"] {
            assert!(!said.contains(secret), "{secret} is shown");
        }
    });
}

#[test]
fn production_refuses_what_is_public() {
    in_world(async |world| {
        let folder = world.folder.path();
        let with = |key: &'static str, value: &str| {
            let mut settings = production(world);
            settings.push((key, value.to_owned()));
            sanjin(&["config", "check"], &settings, folder)
        };
        let good = sanjin(&["config", "check"], &production(world), folder);
        assert!(good.status.success(), "{}", text(&good.stderr));
        for line in ["limits.staff_logins.most = 30", "challenge.mode = \"adaptive\""] {
            assert!(text(&good.stdout).contains(line), "{line}");
        }
        refused(&with("SANJIN__SANDBOX__DEMO", "true"), "sandbox.demo");
        refused(&with("SANJIN__WECHAT__BASE_URL", ""), "built-in WeChat");
        refused(&with("SANJIN__WECHAT__SECRET", ""), "wechat.secret");
        refused(&with("SANJIN__PRIVACY__CHILDREN_OFFICER", " "), "privacy.children_officer");
        refused(&with("SANJIN__DATABASE__REPLICAS", "2"), "PostgreSQL and Redis");
        let published = "[{id=\"k1\",secret=\"sandbox-token-key-that-everybody-knows-0001\"}]";
        refused(&with("SANJIN__AUTH__TOKEN_KEYS", published), "published");
        refused(&with("SANJIN__AUTH__TOKEN_KEYS", "[{id=\"k1\",secret=\"short\"}]"), "32 bytes");
        for (name, what) in [
            ("SANJIN__CRYPTO__FIELD_KEYS", "crypto.field_keys"),
            ("SANJIN__CRYPTO__INDEX_KEYS", "crypto.index_keys"),
            ("SANJIN__CRYPTO__AUDIT_KEYS", "crypto.audit_keys"),
        ] {
            let key = |id: &str, secret: &str| format!("[{{id=\"{id}\",secret=\"{secret}\"}}]");
            let published = hex::encode("sanjin-sandbox-audit-key-0000001");
            refused(&with(name, "[]"), what);
            refused(&with(name, &key("k", "0123")), what);
            refused(&with(name, &key("k", &published)), "published");
            refused(&with(name, &key("sandbox", &"ab".repeat(32))), "sandbox key");
            let twice = key("k", &"ab".repeat(32));
            let twice = format!("[{0},{0}]", twice.trim_matches(['[', ']']));
            refused(&with(name, &twice), "ids must differ");
        }
        let sm4 = |digits: usize| {
            format!("[{{id=\"s\",secret=\"{}\",algorithm=\"sm4-gcm\"}}]", "a".repeat(digits))
        };
        assert!(with("SANJIN__CRYPTO__FIELD_KEYS", &sm4(32)).status.success());
        refused(&with("SANJIN__CRYPTO__FIELD_KEYS", &sm4(64)), "sm4-gcm");
        refused(&with("SANJIN__AUDIT__RETENTION_DAYS", "189"), "at least 190");
        assert!(with("SANJIN__AUDIT__RETENTION_DAYS", "400").status.success());
        refused(&with("SANJIN__AUTH__STAFF_IDLE_SECS", "60"), "auth.staff_idle_secs");
        refused(&with("SANJIN__AUTH__STAFF_SESSION_SECS", "900"), "auth.staff_session_secs");
        refused(&with("SANJIN__AUTH__SECOND_FACTOR", "sometimes"), "SECOND_FACTOR");
        refused(
            &with("SANJIN__WECHAT__OFFICIAL__APPID", "wx1111111111111111"),
            "both appid and secret",
        );
        let official = |callback: &str, secret: &str| {
            let mut settings = production(world);
            settings.extend([
                ("SANJIN__WECHAT__OFFICIAL__APPID", "wx1111111111111111".to_owned()),
                ("SANJIN__WECHAT__OFFICIAL__SECRET", secret.to_owned()),
                ("SANJIN__WECHAT__OFFICIAL__CALLBACK_URL", callback.to_owned()),
            ]);
            sanjin(&["config", "check"], &settings, folder)
        };
        let page = "https://h5.example.gov.cn/h5/";
        assert!(official(page, "a-real-secret").status.success());
        refused(&official("http://h5.example.gov.cn/h5/", "a-real-secret"), "https://");
        refused(&official(&format!("{page}#/login"), "a-real-secret"), "without a fragment");
        refused(&official("", "a-real-secret"), "callback_url");
        refused(&official(page, "sandbox-official-secret"), "published");
        let bare = [("SANJIN__PROFILE", "production".to_owned())];
        refused(&sanjin(&["serve"], &bare, folder), "auth.token_keys");
    });
}

#[test]
fn production_asks_staff_for_a_second_factor_and_new_passwords() {
    in_world(async |world| {
        let output = sanjin(&["config", "check"], &production(world), world.folder.path());
        let said = text(&output.stdout);
        for wanted in ["auth.second_factor = \"required\"", "auth.password_max_age_days = 90"] {
            assert!(said.contains(wanted), "{wanted} in {said}");
        }
    });
}

#[test]
fn production_refuses_a_database_with_demo_content() {
    in_world(async |world| {
        let folder = world.folder.path();
        let sandbox = Process::serve(&[], &base(world), folder).await;
        drop(sandbox);
        refused(&sanjin(&["serve"], &production(world), folder), "demo content");
    });
}

#[test]
fn production_serves_neither_sandbox_codes_nor_demo_content() {
    in_world(async |world| {
        let service =
            Process::serve(&["--no-worker"], &production(world), world.folder.path()).await;
        let http = reqwest::Client::builder().build().unwrap();
        let codes =
            http.post(service.url("/sandbox/wechat/codes")).body("{}").send().await.unwrap();
        assert_eq!(codes.status(), 404);
        let articles = http.get(service.url("/api/v1/articles")).send().await.unwrap();
        assert_eq!(articles.text().await.unwrap(), r#"{"items":[]}"#);
        assert_eq!(staff_of(world).await, 0, "an account that nobody made");
    });
}

#[test]
fn the_first_administrator_is_made_on_the_command_line() {
    in_world(async |world| {
        let folder = world.folder.path();
        let create = |arguments: &[&str]| {
            let all: Vec<&str> = ["staff", "create"].iter().chain(arguments).copied().collect();
            sanjin(&all, &production(world), folder)
        };
        let made = create(&["--username", "root.admin", "--role", "system_admin"]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let said = text(&made.stdout);
        let password = said.split("shown this once: ").nth(1).unwrap().trim().to_owned();
        refused(&create(&["--username", "root.admin", "--role", "system_admin"]), "username_taken");
        refused(&create(&["--username", "other", "--role", "emperor"]), "validation_failed");
        refused(
            &create(&["--username", "other", "--role", "lab_staff", "--scope", "country"]),
            "validation_failed",
        );
        assert_eq!(staff_of(world).await, 1);
        let service = Process::serve(&["--no-worker"], &production(world), folder).await;
        let http = reqwest::Client::builder().build().unwrap();
        let login = serde_json::json!({ "username": "root.admin", "password": password });
        let reply = http.post(service.url("/api/v1/staff/auth/login")).json(&login).send().await;
        let reply: serde_json::Value = reply.unwrap().json().await.unwrap();
        // Whoever read the terminal knows the password: it is good for nothing but to be changed.
        assert_eq!(reply["required_action"], "change_password");
        let token = reply["access_token"].as_str().unwrap();
        let members = http.get(service.url("/api/v1/staff/members")).bearer_auth(token);
        assert_eq!(members.send().await.unwrap().status(), 403);
        assert_eq!(staff_of(world).await, 1);
    });
}

#[test]
fn doctor_says_what_cannot_be_reached() {
    in_world(async |world| {
        let folder = world.folder.path();
        let well = sanjin(&["doctor"], &base(world), folder);
        assert!(well.status.success(), "{}{}", text(&well.stdout), text(&well.stderr));
        let mut settings = base(world);
        settings.push(("SANJIN__KV__URL", "redis://127.0.0.1:1/0".to_owned()));
        let ill = sanjin(&["doctor"], &settings, folder);
        refused(&ill, "not as it should be");
        assert!(text(&ill.stdout).contains("kv         cannot be reached"));
    });
}
