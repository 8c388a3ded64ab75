//! Places that more people want than there are, drawn by lot so that anybody can repeat the draw.
//!
//! 1. The seed exists, sealed, before the first entry, and its SHA-256 is public from then on.
//! 2. The draw is a pure function of the seed and the entries (`model::draw`, `docs/LOTTERY.md`).
//! 3. What is drawn no longer changes: an entry is made or taken back under a shared lock of the open
//!    lottery, and closing takes the lock alone.
//! 4. Places are given in the order drawn, in small transactions that each say how far they came; who
//!    comes too late stands in the line of the slot, in the same order.
//! 5. The id of an entry is random and public; whose it is, is not.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub use model::{Draw, Ticket, draw};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_lotteries)
        .service(routes::get_lottery)
        .service(routes::list_lottery_entries)
        .service(routes::create_lottery_entry)
        .service(routes::list_own_entries)
        .service(routes::withdraw_lottery_entry)
        .service(routes::create_lottery)
        .service(routes::cancel_lottery);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::DrawLottery>();
}
