use chrono::{DateTime, Utc};

use super::rules;
use crate::app::App;
use crate::features::appointments::model::Offer;
use crate::features::appointments::queries;
use crate::platform::http::AppResult;

/// What labs of a region offer within a time: what can be booked at `now`, and what is taken.
///
/// # Errors
/// The database cannot be read.
pub async fn list_offers(
    app: &App,
    region_prefix: &str,
    within: (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
    limit: u64,
) -> AppResult<Vec<Offer>> {
    let slots = queries::open_in_region(&app.db, region_prefix, within, limit).await?;
    let rules = rules(&app.config.appointments);
    Ok(slots.iter().filter_map(|slot| Offer::of(slot, now, rules)).collect())
}
