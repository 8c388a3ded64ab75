//! Use cases: what labs offer by lot, who takes part, and the draw.

mod draw;
mod enter;
mod merge;
mod offer;
mod read;

pub use draw::draw_lottery;
pub use enter::{create_lottery_entry, list_own_entries, withdraw_lottery_entry};
pub use merge::merge_entries;
pub use offer::{cancel_lottery, create_lottery};
pub use read::{get_lottery, list_lotteries, list_lottery_entries};

use super::model::Seed;
use crate::app::App;
use crate::platform::crypto::column;
use crate::platform::http::{AppError, AppResult};

const SEED: &str = column::LOTTERY_SEED.purpose;

/// A sealed seed in clear, for the draw alone.
fn open_seed(app: &App, sealed: Option<&[u8]>) -> AppResult<Seed> {
    let sealed = sealed.ok_or_else(|| AppError::internal("a lottery without a seed"))?;
    let seed = app.cipher.open(SEED, sealed)?;
    seed.as_slice().try_into().map_err(AppError::internal)
}
