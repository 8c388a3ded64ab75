use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::lottery::{self, LotteryStatus};
use entity::lottery_entry::{self, LotteryEntryStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::ALGORITHM;
use crate::paged_filter;
use crate::platform::http::text::{one_line, trimmed};

paged_filter! {
    LotteryFilter {
        lab_id: Uuid,
    }
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLottery {
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 2, max = 60), custom(function = "one_line"))]
    #[schema(example = "儿童用品免费检测日")]
    pub title: String,
    /// Open slots of one lab in which nobody has anything yet.
    #[validate(length(min = 1, max = 50))]
    pub slot_ids: Vec<Uuid>,
    /// Now, when absent.
    pub opens_at: Option<DateTime<Utc>>,
    /// The draw; before any of the slots closes.
    pub closes_at: DateTime<Utc>,
    /// Whether a place that was won waits for the lab.
    #[serde(default = "yes")]
    pub needs_confirmation: bool,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLotteryEntry {
    pub lottery_id: Uuid,
    /// The one slot of the lottery that it is for.
    pub slot_id: Uuid,
    /// What is to be tested.
    #[serde(deserialize_with = "trimmed")]
    #[validate(length(min = 1, max = 60), custom(function = "one_line"))]
    #[schema(example = "儿童安全座椅")]
    pub product_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LotteryView {
    pub id: Uuid,
    pub lab_id: Uuid,
    pub title: String,
    pub status: LotteryStatus,
    pub opens_at: DateTime<Utc>,
    /// The draw.
    pub closes_at: DateTime<Utc>,
    /// Whether a place that was won waits for the lab.
    pub needs_confirmation: bool,
    pub slots: Vec<LotterySlotView>,
    /// How the order follows from the seed; see `docs/LOTTERY.md`.
    pub algorithm: &'static str,
    /// SHA-256 of the seed, public from the beginning.
    pub commitment: String,
    /// 32 bytes in hexadecimal digits, public since the draw.
    pub seed: Option<String>,
    /// How many there are, since the draw.
    pub entries: Option<i32>,
    /// SHA-256 of all entries, sorted by id.
    pub entries_digest: Option<String>,
    /// SHA-256 of all entries, in the order drawn.
    pub order_digest: Option<String>,
    pub drawn_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub version: i32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LotterySlotView {
    pub slot_id: Uuid,
    pub service_id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// To be drawn; since the draw, how many there were.
    pub places: i32,
}

/// What everybody sees of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicEntryView {
    /// Random; only its owner knows whose it is.
    pub id: Uuid,
    pub slot_id: Uuid,
    pub status: LotteryEntryStatus,
    /// Its place in the order drawn, from 1, once it had its turn.
    pub rank: Option<i32>,
}

/// One's own entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct LotteryEntryView {
    /// As it stands in the public list.
    pub id: Uuid,
    pub lottery_id: Uuid,
    pub slot_id: Uuid,
    pub product_name: String,
    pub status: LotteryEntryStatus,
    pub rank: Option<i32>,
    /// The place, or the place in the line.
    pub booking_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl LotteryView {
    pub fn of(row: lottery::Model, slots: &HashMap<Uuid, Vec<LotterySlotView>>) -> Self {
        Self {
            slots: slots.get(&row.id).cloned().unwrap_or_default(),
            id: row.id,
            lab_id: row.lab_id,
            title: row.title,
            status: row.status,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            needs_confirmation: row.needs_confirmation,
            algorithm: ALGORITHM,
            commitment: row.commitment,
            seed: row.seed,
            entries: row.entries,
            entries_digest: row.entries_digest,
            order_digest: row.order_digest,
            drawn_at: row.drawn_at,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

impl From<lottery_entry::Model> for PublicEntryView {
    fn from(row: lottery_entry::Model) -> Self {
        Self { id: row.id, slot_id: row.slot_id, status: row.status, rank: row.rank }
    }
}

impl From<lottery_entry::Model> for LotteryEntryView {
    fn from(row: lottery_entry::Model) -> Self {
        Self {
            id: row.id,
            lottery_id: row.lottery_id,
            slot_id: row.slot_id,
            product_name: row.product_name.unwrap_or_default(),
            status: row.status,
            rank: row.rank,
            booking_id: row.booking_id,
            created_at: row.created_at,
        }
    }
}
