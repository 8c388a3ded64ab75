//! The README's own commands, run as they stand there.

use std::path::Path;
use std::process::Command;

use tests::{Engine, Process, World};

/// The `sh` blocks under "A day in curl", in their order.
fn commands() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(root.join("README.md")).unwrap();
    let day = text.split("## A day in curl").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = day.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_day_in_curl_works_as_written() {
    actix_web::rt::System::new().block_on(async {
        let world = World::create(Engine::Sqlite).await;
        let settings = [
            ("SANJIN__DATABASE__URL", world.database_url.clone()),
            ("SANJIN__STORAGE__ROOT", world.folder.path().join("files").display().to_string()),
        ];
        let service = Process::serve(&[], &settings, world.folder.path()).await;
        let script = format!("set -euo pipefail\n{}", commands());
        let output = Command::new("bash")
            .args(["-c", &script])
            .env("API", service.url(""))
            .output()
            .expect("bash runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}\n{wrong}");
        assert!(!said.contains("urn:sanjin:error"), "a command was refused: {said}");
        for wanted in [
            "怎样挑选儿童安全座椅",
            "\"status\":\"submitted\"",
            "\"max_points\":100",
            "\"number\":\"TS2",
            "<h1 id=\\\"s1\\\">先看 3C 标志</h1>",
            "\"status\":\"pending_lab\"",
            "\"status\":\"confirmed\"",
            "预约成功",
        ] {
            assert!(said.contains(wanted), "{wanted} is not in {said}");
        }
    });
}
