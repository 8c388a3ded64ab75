//! Pure rules: custody, reports, links, and when a result is late.

mod custody;
mod due;
mod link;
mod progress;
mod report;

pub use custody::{allowed_moves, may_move, sample_number};
pub use due::{WITH_RESULT, due_on, last_late_day};
pub use link::ReportLink;
pub use progress::{Eye, Progress, ResultAction};
pub use report::{
    CODE_LENGTH, Finding, check_findings, conclusion, page_path, spoken_code, written_code,
};
