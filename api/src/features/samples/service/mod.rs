//! Use cases: what the lab does with samples and reports, what their owner gets, what everybody may ask.

mod correct;
mod custody;
mod issue;
mod late;
mod leads;
mod link;
mod rate;
mod register;
mod upload;
mod verify;
mod view;

pub use correct::{correct_report, withdraw_report};
pub use custody::{get_sample, list_samples, move_sample};
pub use issue::publish_report;
pub use late::{list_late_results, raise_late_results};
pub use leads::list_risk_leads;
pub use link::{create_report_link, download_report};
pub use rate::rate_booking;
pub use register::{register_sample, start_testing};
pub use upload::{get_report_file, upload_report_file};
pub use verify::{
    check_report_hash, get_report_page, render_report, report_page_path, verify_report,
};
pub use view::{get_booking_results, get_lab_results};

/// The kind of public page that shows a report.
const PAGE: &str = "report";
