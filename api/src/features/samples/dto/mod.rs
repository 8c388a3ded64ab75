mod page;
mod requests;
mod views;

pub use page::{Answer, ReportPage, STYLE};
pub use requests::{
    CheckReportHash, CorrectReport, MoveSample, PublishReport, RateBooking, RegisterSample,
    ResultItem, RiskLeadFilter, SampleFilter, WithdrawReport,
};
pub use views::{
    BookingResults, LateResultView, ReportCheck, ReportFileView, ReportLinkView,
    ReportVerification, RiskLeadView, SampleDetail, SampleView, SatisfactionView,
};
