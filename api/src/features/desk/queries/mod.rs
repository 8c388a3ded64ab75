//! All SQL of looking back.

mod exports;
mod feeds;
mod levels;
mod samples;
mod statistics;

pub use exports::{
    Finished, Line, end_export, export, finish_export, insert_export, lines, overdue_exports,
    own_export, own_exports,
};
pub use feeds::{feed, feed_of_token, feeds_page, insert_feed, revoke_feed};
pub use levels::{Answers, Percentiles, Results, answers, labs_page, results};
pub use samples::{CountedSamples, sample_counts};
pub use statistics::{Counted, Visits, counts, names};
