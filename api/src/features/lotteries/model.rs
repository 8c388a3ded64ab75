//! The draw, version `sha256-v1`, as `docs/LOTTERY.md` tells it to everybody.

use chrono::{DateTime, Utc};
use entity::lottery::{self, LotteryStatus};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::platform::http::ErrorCode;

pub const ALGORITHM: &str = "sha256-v1";

pub type Seed = [u8; 32];

/// What of an entry takes part in the draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub id: Uuid,
    pub slot_id: Uuid,
}

/// The outcome of a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The first is the first to choose.
    pub order: Vec<Ticket>,
    /// SHA-256 of the entries sorted by id, each as the 16 bytes of its id and the 16 of its slot.
    pub entries_digest: String,
    /// SHA-256 of the same in the order drawn.
    pub order_digest: String,
}

/// What is published before the seed: its SHA-256.
#[must_use]
pub fn commitment(seed: &Seed) -> String {
    hex::encode(Sha256::digest(seed))
}

/// Orders entries by SHA-256(seed ‖ id). In which order they are given does not matter.
#[must_use]
pub fn draw(seed: &Seed, mut entries: Vec<Ticket>) -> Draw {
    entries.sort_unstable_by_key(|entry| entry.id);
    let entries_digest = digest(&entries);
    entries.sort_by_cached_key(|entry| {
        let hash = Sha256::new().chain_update(seed).chain_update(entry.id.as_bytes());
        <[u8; 32]>::from(hash.finalize())
    });
    Draw { entries_digest, order_digest: digest(&entries), order: entries }
}

fn digest(entries: &[Ticket]) -> String {
    let hash = entries.iter().fold(Sha256::new(), |hash, entry| {
        hash.chain_update(entry.id.as_bytes()).chain_update(entry.slot_id.as_bytes())
    });
    hex::encode(hash.finalize())
}

/// Whether entries are made or taken back now.
///
/// # Errors
/// `lottery_not_open`, `lottery_closed`.
pub fn takes_entries(lottery: &lottery::Model, now: DateTime<Utc>) -> Result<(), ErrorCode> {
    if lottery.status != LotteryStatus::Open || lottery.closes_at <= now {
        Err(ErrorCode::LotteryClosed)
    } else if lottery.opens_at > now {
        Err(ErrorCode::LotteryNotOpen)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN_ORDER: [u128; 5] = [4, 5, 1, 3, 2];
    const KNOWN: [&str; 3] = [
        "72cd6e8422c407fb6d098690f1130b7ded7ec2f7f5e1d30bd9d521f015363793",
        "85e43befcf32bbb5886ccc23f1c0950bfdf02598a638c49b84b976ba8d453991",
        "964f5700d92e7b8bf33f25b0deead73033d088236c3c3679565526c77452aaf2",
    ];

    fn ticket(id: u128) -> Ticket {
        Ticket { id: Uuid::from_u128(id), slot_id: Uuid::from_u128(7) }
    }

    /// Reckoned apart from this program, with the script of `docs/LOTTERY.md`.
    #[test]
    fn a_known_draw_comes_out_as_it_was_reckoned_elsewhere() {
        let seed = [1; 32];
        let drawn = draw(&seed, (1..=5).map(ticket).collect());
        let order: Vec<u128> = drawn.order.iter().map(|entry| entry.id.as_u128()).collect();
        assert_eq!(order, KNOWN_ORDER);
        assert_eq!(commitment(&seed), KNOWN[0]);
        assert_eq!([drawn.entries_digest, drawn.order_digest], KNOWN[1..]);
    }

    proptest! {
        #[test]
        fn the_order_depends_on_seed_and_entries_alone(
            seed in any::<Seed>(), ids in prop::collection::hash_set(any::<u128>(), 0..60)
        ) {
            let tickets: Vec<Ticket> = ids.iter().copied().map(ticket).collect();
            let backwards: Vec<Ticket> = tickets.iter().rev().copied().collect();
            let drawn = draw(&seed, tickets.clone());
            prop_assert_eq!(&drawn, &draw(&seed, backwards));
            prop_assert_eq!(drawn.order.len(), tickets.len());
            prop_assert!(tickets.iter().all(|ticket| drawn.order.contains(ticket)));
        }

        /// Who leaves before the draw changes nothing between the others.
        #[test]
        fn an_entry_more_or_less_leaves_the_others_in_their_order(
            seed in any::<Seed>(), ids in prop::collection::hash_set(any::<u128>(), 1..40)
        ) {
            let mut tickets: Vec<Ticket> = ids.iter().copied().map(ticket).collect();
            let all = draw(&seed, tickets.clone()).order;
            let gone = tickets.pop();
            let rest = draw(&seed, tickets).order;
            let expected: Vec<Ticket> = all.into_iter().filter(|one| Some(*one) != gone).collect();
            prop_assert_eq!(rest, expected);
        }
    }
}
