//! WeChat's opinion of an account (protocol 2.9): a hint for people and for how closely we look.
//!
//! 1. Nobody is shut out by it, and nothing waits for it: whatever WeChat answers, or does not, the
//!    resident goes on.
//! 2. It is asked by a job. The network address that WeChat wants is encrypted and erased with the
//!    answer.
//! 3. Whoever sees a signal reads with it what it means and what it must not be used for.

use crate::platform::jobs::Registry;

mod jobs;
mod model;
mod queries;
pub mod service;

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::AskRiskRank>();
}
