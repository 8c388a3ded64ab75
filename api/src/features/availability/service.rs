use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::lab;
use serde_json::Value;

use super::dto::AvailabilityQuery;
use super::model::{File, Kind, Manifest, location, schedule, slot, week_of, weeks};
use super::queries;
use crate::app::App;
use crate::features::appointments::service::list_offers;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::clock::local_date;
use crate::platform::http::{AppError, AppResult, ErrorCode};

const PATH: &str = "/api/v1/availability";
/// Of a file; a province's week is far from it.
const MOST_LINES: u64 = 20_000;

/// Whatever `since` says: there is no manifest of less.
pub async fn get_availability(
    ctx: &Ctx<perm::Public>,
    _: AvailabilityQuery,
) -> AppResult<Arc<CachedPage>> {
    let app = &ctx.app;
    let at = snapshot_time(app, ctx.now);
    let key = PageKey::new("availability", at.timestamp().to_string());
    app.snapshots
        .get(key, async || {
            let regions = queries::lab_regions(&app.db).await?;
            let province = |code: String| code.get(..2)?.parse().ok();
            let provinces: BTreeSet<u8> = regions.into_iter().filter_map(province).collect();
            let mondays: Vec<_> = weeks(local_date(at), app.config.availability.weeks).collect();
            let base = format!("{}{PATH}", app.config.http.public_url);
            Ok(Manifest::of(&base, at, &provinces, &mondays))
        })
        .await
}

/// # Errors
/// `not_found` for a name that is not in any manifest.
pub async fn get_availability_file(
    ctx: &Ctx<perm::Public>,
    name: &str,
) -> AppResult<Arc<CachedPage>> {
    let app = &ctx.app;
    let not_found = || AppError::new(ErrorCode::NotFound);
    let file: File = name.parse().map_err(|_no_file| not_found())?;
    let at = snapshot_time(app, ctx.now);
    if let Kind::Slots(monday) = file.kind
        && !weeks(local_date(at), app.config.availability.weeks).any(|known| known == monday)
    {
        return Err(not_found());
    }
    let key = PageKey::new("availability_file", format!("{name}@{}", at.timestamp()));
    app.snapshots.get_bytes(key, async || Ok(ndjson(&lines(app, file, at).await?))).await
}

/// The beginning of the current round of files, the same on every replica.
fn snapshot_time(app: &App, now: DateTime<Utc>) -> DateTime<Utc> {
    let period = i64::from(app.config.availability.refresh_secs);
    let seconds = now.timestamp().div_euclid(period) * period;
    DateTime::from_timestamp(seconds, 0).unwrap_or(now)
}

async fn lines(app: &App, file: File, at: DateTime<Utc>) -> AppResult<Vec<Value>> {
    let (db, prefix) = (&app.db, file.province.to_string());
    let lines: Vec<Value> = match file.kind {
        Kind::Locations => {
            let labs = queries::labs(db, &prefix, MOST_LINES).await?;
            let mut codes: Vec<String> = labs.iter().map(|lab| lab.region_code.clone()).collect();
            codes.push(prefix.clone());
            let names = queries::region_names(db, codes).await?;
            labs.iter().map(|lab| located(lab, &names, &prefix)).collect()
        }
        Kind::Schedules => {
            queries::services(db, &prefix, MOST_LINES).await?.iter().map(schedule).collect()
        }
        Kind::Slots(monday) => {
            let offers = list_offers(app, &prefix, week_of(monday), at, MOST_LINES).await?;
            offers.iter().map(slot).collect()
        }
    };
    if u64::try_from(lines.len()).is_ok_and(|count| count >= MOST_LINES) {
        tracing::warn!(%file, "a file of availability has reached its limit");
    }
    Ok(lines)
}

fn located(lab: &lab::Model, names: &HashMap<String, String>, province: &str) -> Value {
    let name = |code: &str| names.get(code).map(String::as_str).unwrap_or_default();
    location(lab, name(&lab.region_code), name(province))
}

fn ndjson(lines: &[Value]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}
