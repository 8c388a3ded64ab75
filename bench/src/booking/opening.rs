//! The minute in which places are opened for the whole country: everybody asks at once, and who is
//! refused asks for another slot.

use std::cell::Cell;

use anyhow::ensure;

use super::can_compare;
use super::world::{Store, World, ask};
use crate::load::closed_loop;
use crate::settings::Settings;
use crate::startup;
use crate::table::Table;

const PEOPLE: usize = 10_000;
const SLOTS: usize = 20;
const PLACES_PER_SLOT: usize = 100;
/// How often somebody tries before they give up.
const TRIES: usize = 4;
const MINUTE: u64 = 60;

/// # Errors
/// A server broke, sold more or less than there was, or answered anything but a place or a refusal.
pub async fn measure(settings: &Settings) -> anyhow::Result<()> {
    if !can_compare(settings, "Opening minute").await {
        return Ok(());
    }
    let world = World::enter(settings, Store::Postgres(settings)).await?;
    world.forget().await?;
    let slots = world.open_slots(SLOTS, PLACES_PER_SLOT).await?;
    let people = PEOPLE.min(world.tokens.len());
    let tries: Vec<Cell<usize>> = (0..people).map(|_| Cell::new(0)).collect();
    let next = |person: usize, last: Option<u16>| {
        let (token, tried) = (world.tokens.get(person)?, tries.get(person)?);
        let number = tried.replace(tried.get() + 1);
        let slot = slots.get((person + number * 7) % SLOTS)?;
        // Who has a place is content.
        (number < TRIES && last != Some(201)).then(|| ask(slot, token))
    };
    let mut answers = closed_loop(world.address(), people, MINUTE, next).await?;
    let sold = answers.statuses.get(&201).copied().unwrap_or_default();
    let places = SLOTS * PLACES_PER_SLOT;
    let sql = "SELECT (SELECT count(*) FROM bookings), \
               (SELECT count(*) FROM slots WHERE held + booked > capacity)";
    let stored = settings.postgres.query(startup::DATABASE, sql).await?;
    let is_refusal = |code: &&String| matches!(code.as_str(), "slot_held" | "slot_full");
    let others: Vec<_> = answers.codes.keys().filter(|code| !is_refusal(code)).collect();
    ensure!(
        stored == [i64::try_from(places)?, 0],
        "{places} places, but {stored:?} bookings and oversold slots; {:?}",
        answers.statuses
    );
    ensure!(others.is_empty(), "somebody was told {others:?}");
    let mut table = Table::new(&["people", "places", "sold", "answers", "p50 ms", "p99 ms"]);
    table.row([
        people.to_string(),
        places.to_string(),
        sold.to_string(),
        answers.load().requests.to_string(),
        format!("{:.0}", answers.percentile(50)),
        format!("{:.0}", answers.percentile(99)),
    ]);
    world.server.stop().await?;
    table.print(&format!(
        "The opening minute: everybody at once, {SLOTS} slots, up to {TRIES} tries each; no answer \
         but a place, slot_held and slot_full"
    ));
    Ok(())
}
