//! Pure rules: which days a plan has, which slots a day has, and what is wrong with a plan.

mod clock_time;
mod recurrence;
mod rule;
mod stored;
#[cfg(test)]
mod tests;
mod timetable;

#[cfg(test)]
use clock_time::ClockTime;
pub use rule::Rule;
#[cfg(test)]
use rule::{Release, Window};
pub use timetable::{MOST_SLOTS, Mistake, Timetable};
