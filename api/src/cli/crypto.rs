//! `sanjin crypto`.

use entity::crypto_rotation::RotationStatus;

use super::CliResult;
use crate::app::App;
use crate::features::system::service::ask_for_rotation;
use crate::platform::crypto::{self, Progress};

pub(super) async fn rotate(app: &App, wait: bool) -> CliResult {
    let failed = |error| format!("{error:?}");
    ask_for_rotation(app).await.map_err(failed)?;
    if !wait {
        println!("asked for; a worker does it, `sanjin crypto status` shows how far it is");
        return Ok(());
    }
    let mut blocked = Vec::new();
    let tell = |progress: &Progress| {
        println!("{:<44}{:<10}{} changed", progress.field, word(progress.status), progress.changed);
        if progress.status == RotationStatus::Blocked {
            blocked.push(progress.field.clone());
        }
    };
    crypto::rotate(app, usize::MAX, tell).await.map_err(failed)?;
    if blocked.is_empty() {
        Ok(())
    } else {
        Err(format!("not everything could be rotated: {}", blocked.join(", ")).into())
    }
}

fn word(status: RotationStatus) -> String {
    status.as_str()
}

pub(super) async fn status(app: &App) -> CliResult {
    let status = crypto::status(app).await.map_err(|error| format!("{error:?}"))?;
    for field in status.fields {
        let held: Vec<String> =
            field.by_key.iter().map(|(id, count)| format!("{id} {count}")).collect();
        print!("{:<44}{}", field.field, held.join(", "));
        if field.unknown > 0 {
            print!(", unknown key {}", field.unknown);
        }
        if field.stale_indexes > 0 {
            print!(", index under an old key {}", field.stale_indexes);
        }
        match field.rotation {
            Some(rotation) => {
                println!("  ({}, {} changed)", word(rotation.status), rotation.changed);
            }
            None => println!(),
        }
    }
    for (index, old) in status.lone_indexes {
        println!("{index:<44}under an old key {old}");
    }
    Ok(())
}
