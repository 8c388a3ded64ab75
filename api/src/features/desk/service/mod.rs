//! Use cases: service levels, statistics, sheets, feeds.

mod export;
mod feed;
mod level;
mod sheet;
mod statistics;

pub use export::{
    create_booking_export, download_booking_export, expire_exports, get_booking_export,
    list_booking_exports, write_export,
};
pub use feed::{create_calendar_feed, get_lab_calendar, list_calendar_feeds, revoke_calendar_feed};
pub use level::list_service_levels;
pub use statistics::{get_booking_statistics, get_sample_statistics};
