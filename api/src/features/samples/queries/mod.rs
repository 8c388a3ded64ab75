//! All SQL of samples, reports and what follows from them.

mod late;
mod leads;
mod ratings;
mod reports;
mod samples;

pub use late::{insert_late, late_page, overdue};
pub use leads::{lead_page, put_leads, revoke_leads};
pub use ratings::{put_rating, rating};
pub use reports::{
    End, end_report, insert_report, insert_results, newest_report, report, report_of_code,
    report_of_revision, reports, reports_of_hash, results, valid_report,
};
pub use samples::{
    SampleQuery, insert_event, insert_sample, lab_sample, move_sample, sample_events, sample_page,
    samples, tested_samples,
};
