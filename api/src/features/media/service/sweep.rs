use std::collections::HashSet;

use chrono::Days;

use crate::app::App;
use crate::features::media::model::{all_keys, day_folder};
use crate::features::media::queries;
use crate::platform::clock::local_date;
use crate::platform::db::AuditActor;
use crate::platform::http::AppResult;

const AT_ONCE: u64 = 100;
/// Keys of one look into the database.
const KEYS_AT_ONCE: usize = 500;
/// The days a sweep of the storage goes back; it runs every day.
const DAYS_BACK: u64 = 30;

/// Deletes what has expired: the row is marked, the bytes go, the row goes. Wherever it breaks off,
/// the next run goes on.
pub async fn expire_media(app: &App) -> AppResult<()> {
    let mut total = 0;
    loop {
        let tx = app.begin(AuditActor::System).await?;
        queries::doom(&tx, tx.now(), AT_ONCE).await?;
        let doomed = queries::doomed(&tx, AT_ONCE).await?;
        tx.commit().await?;
        for file in &doomed {
            for key in all_keys(&file.storage_key) {
                app.storage.delete(&key).await?;
            }
        }
        let ids: Vec<_> = doomed.iter().map(|file| file.id).collect();
        if ids.is_empty() {
            break;
        }
        total += ids.len();
        let tx = app.begin(AuditActor::System).await?;
        queries::delete(&tx, &ids).await?;
        tx.commit().await?;
    }
    tracing::info!(total, "media expired");
    Ok(())
}

/// Deletes files of earlier days that no row knows: what a request wrote that was thought dead, or
/// what came after the moment to which a database was set back.
pub async fn sweep_storage(app: &App) -> AppResult<()> {
    let today = local_date(app.clock.now());
    let mut total = 0;
    // Yesterday's may still be on its way.
    for day in (2..=DAYS_BACK).filter_map(|back| today.checked_sub_days(Days::new(back))) {
        let files = app.storage.list(&day_folder(day)).await?;
        for files in files.chunks(KEYS_AT_ONCE) {
            let keys: Vec<String> = files.iter().map(|file| stem(file).to_owned()).collect();
            let known: HashSet<String> =
                queries::known_keys(&app.db, &keys).await?.into_iter().collect();
            for file in files.iter().filter(|file| !known.contains(stem(file))) {
                app.storage.delete(file).await?;
                total += 1;
            }
        }
    }
    tracing::info!(total, "storage swept");
    Ok(())
}

/// The storage key of a rendition's key.
fn stem(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(stem, _)| stem)
}
