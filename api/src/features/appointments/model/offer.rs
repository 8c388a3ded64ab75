//! How a slot looks to somebody who only wants to know where there is room.

use chrono::{DateTime, Utc};
use entity::slot::{self, SlotStatus};
use uuid::Uuid;

use super::rules::{Rules, lasting_capacity, room_online};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferState {
    Free,
    /// It may become free: others hold it, or the district goes first.
    Tentative,
    Busy,
}

/// A slot that can be booked online, or could be if it were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub slot_id: Uuid,
    pub service_id: Uuid,
    /// Where it takes place, if not in the lab.
    pub stop_id: Option<Uuid>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub state: OfferState,
    /// Places that can be booked now.
    pub room: i32,
}

impl Offer {
    /// None for what is closed, not released yet, or drawn.
    #[must_use]
    pub fn of(slot: &slot::Model, now: DateTime<Utc>, rules: Rules) -> Option<Self> {
        let closes_at = slot.closes_at.unwrap_or(slot.starts_at - rules.cutoff);
        let is_offered = slot.status == SlotStatus::Open
            && closes_at > now
            && slot.released_at.is_none_or(|at| at <= now)
            && slot.lottery_id.is_none();
        if !is_offered {
            return None;
        }
        let room = room_online(slot);
        let is_for_all = slot.district_first_until.is_none_or(|until| until <= now);
        let state = match (room, is_for_all) {
            (1.., true) => OfferState::Free,
            (1.., false) => OfferState::Tentative,
            _ if slot.booked < lasting_capacity(slot) && slot.held > 0 => OfferState::Tentative,
            _ => OfferState::Busy,
        };
        Some(Self {
            slot_id: slot.id,
            service_id: slot.service_id,
            stop_id: slot.stop_id,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            state,
            room,
        })
    }
}
