//! The page on which somebody without any app sees whether a report is genuine.

use askama::Template;
use entity::lab_report::ReportStatus;
use entity::lab_result::ResultVerdict;

use super::views::{ProductView, ReportVerification};

/// Written into the page, whose policy allows this style and no other.
pub const STYLE: &str = include_str!("../../../../templates/report.css");

/// What is answered to whoever asked.
pub enum Answer {
    NotAsked,
    Unknown,
    Found(ReportVerification),
}

#[derive(Template)]
#[template(path = "report.html")]
pub struct ReportPage {
    pub answer: Answer,
    style: &'static str,
}

impl From<Answer> for ReportPage {
    fn from(answer: Answer) -> Self {
        Self { answer, style: STYLE }
    }
}

impl ReportVerification {
    fn standing(&self) -> &'static str {
        match self.status {
            ReportStatus::Valid => "报告真实，现行有效。",
            ReportStatus::Superseded => "报告真实，但已被更正，不再有效。",
            ReportStatus::Withdrawn => "报告真实，但已被检测机构撤回，不再有效。",
        }
    }

    /// The class of the line that says so.
    fn tone(&self) -> &'static str {
        match self.status {
            ReportStatus::Valid => "good",
            ReportStatus::Superseded | ReportStatus::Withdrawn => "warn",
        }
    }

    fn concluded(&self) -> &'static str {
        match self.conclusion {
            ResultVerdict::Pass => "所检项目符合要求",
            ResultVerdict::Fail => "所检项目有不符合要求的",
            ResultVerdict::NotJudged => "仅提供检测数据，不作判定",
        }
    }
}

impl ProductView {
    /// Its name and what tells it from others of that name.
    fn described(&self) -> String {
        let parts = [&self.brand, &self.model, &self.batch].into_iter().flatten();
        parts.fold(self.name.clone(), |text, part| format!("{text}，{part}"))
    }
}
