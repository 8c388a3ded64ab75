//! What a booking costs while the table of bookings grows.

use anyhow::Context as _;

use super::can_compare;
use super::world::{Order, Store, World};
use crate::procfs::Snapshot;
use crate::rounds::Spread;
use crate::settings::Settings;
use crate::startup;
use crate::table::{Table, at_most};

const SIZES: [i64; 4] = [1_000, 10_000, 100_000, 1_000_000];
const PER_SLOT: i64 = 50;
const GOAL: f64 = 1.5;

/// Past visits, each with the lines of its timeline, spread over people and slots.
async fn fill(settings: &Settings, from: i64, to: i64) -> anyhow::Result<()> {
    let query = async |sql: &str| settings.postgres.query(startup::DATABASE, sql).await;
    let (first, last) = (from / PER_SLOT + 1, to / PER_SLOT);
    query(&format!(
        "INSERT INTO slots (id, lab_id, service_id, starts_at, ends_at, starts_on, capacity, held, \
             booked, status, created_at, version) \
         SELECT md5('slot' || n)::uuid, s.lab_id, s.service_id, t, t + interval '1 minute', t::date, \
             {PER_SLOT}, 0, {PER_SLOT}, 'closed', t, 0 \
         FROM generate_series({first}, {last}) n, LATERAL (SELECT timestamptz '2020-01-01' + n * \
             interval '1 minute' AS t) AS time, (SELECT lab_id, service_id FROM slots LIMIT 1) s"
    ))
    .await?;
    let (first, last) = (from + 1, to);
    query(&format!(
        "WITH people AS (SELECT array_agg(id) AS ids FROM accounts) \
         INSERT INTO bookings (id, account_id, slot_id, lab_id, service_id, status, product_name, \
             confirm_by, decided_at, created_at, updated_at, version, public_code) \
         SELECT md5('booking' || n)::uuid, people.ids[1 + n % array_length(people.ids, 1)], s.id, \
             s.lab_id, s.service_id, 'completed', '儿童安全座椅', s.starts_at, s.starts_at, \
             s.starts_at, s.starts_at, 3, upper(substr(md5('code' || n), 1, 12)) \
         FROM generate_series({first}, {last}) n \
         JOIN slots s ON s.id = md5('slot' || ((n - 1) / {PER_SLOT} + 1))::uuid, people"
    ))
    .await?;
    query(&format!(
        "INSERT INTO booking_events (id, booking_id, from_status, to_status, actor_kind, at) \
         SELECT md5('event' || n || k)::uuid, md5('booking' || n)::uuid, NULL, 'completed', \
             'system', timestamptz '2020-01-01' \
         FROM generate_series({first}, {last}) n, generate_series(1, 3) k"
    ))
    .await?;
    query("VACUUM ANALYZE bookings, booking_events, slots, jobs").await?;
    settings.postgres.query("postgres", "CHECKPOINT").await?;
    Ok(())
}

/// # Errors
/// A server broke, or what was answered is not what was stored.
pub async fn measure(settings: &Settings) -> anyhow::Result<()> {
    if !can_compare(settings, "Growth").await {
        return Ok(());
    }
    let world = World::enter(settings, Store::Postgres(settings)).await?;
    world.greet().await?;
    let slots = world.prepare(Order::Changing).await?;
    world.book(Order::Changing, &slots, 1).await?;
    world.forget().await?;
    let postgres = settings.postgres.pid.context("no PostgreSQL")?;
    let mut table =
        Table::new(&["stored bookings", "booked/s", "p99 ms", "µs of processor", "to 10³", "goal"]);
    let (mut stored, mut base) = (0, f64::NAN);
    for size in SIZES {
        fill(settings, stored, size).await?;
        stored = size;
        let (mut costs, mut rates, mut slowest) = (Vec::new(), Vec::new(), f64::NAN);
        for _ in 0..settings.rounds {
            free_everybody(settings).await?;
            let slots = world.prepare(Order::Changing).await?;
            let before = Snapshot::take()?;
            let (load, mut answers) =
                world.book(Order::Changing, &slots, settings.seconds.min(3)).await?;
            let after = Snapshot::take()?;
            #[expect(clippy::cast_precision_loss, reason = "requests of one round")]
            let requests = load.requests.max(1) as f64;
            let cpu = |root| after.cpu_us_since(&before, root) / requests;
            costs.push(cpu(postgres) + cpu(world.server.pid));
            rates.push(load.per_second);
            slowest = slowest.max(answers.percentile(99));
        }
        let cost = Spread::of(costs).median;
        if base.is_nan() {
            base = cost;
        }
        table.row([
            size.to_string(),
            format!("{:.0}", Spread::of(rates).median),
            format!("{slowest:.0}"),
            format!("{cost:.0}"),
            format!("{:.2}", cost / base),
            at_most(GOAL, "×", cost / base),
        ]);
    }
    world.server.stop().await?;
    table.print("What a booking costs, 100 slots, while the table grows");
    Ok(())
}

/// The bookings of the last round end, so that everybody may book again; they stay in the table.
async fn free_everybody(settings: &Settings) -> anyhow::Result<()> {
    let query = async |sql: &str| settings.postgres.query(startup::DATABASE, sql).await;
    query("DELETE FROM booking_events WHERE to_status = 'pending_lab'").await?;
    query("DELETE FROM bookings WHERE status = 'pending_lab'").await?;
    query("UPDATE slots SET held = 0 WHERE held > 0").await?;
    query("DELETE FROM jobs WHERE kind = 'booking.expire'").await?;
    query("VACUUM ANALYZE bookings, booking_events, slots, jobs").await?;
    settings.postgres.query("postgres", "CHECKPOINT").await.map(|_| ())
}
