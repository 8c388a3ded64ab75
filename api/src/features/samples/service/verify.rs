use std::sync::Arc;

use askama::Template as _;
use entity::lab_report::{self, ReportStatus};
use sea_orm::ConnectionTrait;

use super::PAGE;
use crate::features::labs::service::require_lab;
use crate::features::samples::dto::{
    Answer, CheckReportHash, ReportCheck, ReportPage, ReportVerification,
};
use crate::features::samples::model::{page_path, spoken_code, written_code};
use crate::features::samples::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::clock::local_date;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// One document may have been issued for several bookings, as for a class.
const MOST_MATCHES: u64 = 10;

/// What everybody may know of a report whose code they have.
///
/// # Errors
/// `not_found`
pub async fn verify_report(ctx: &Ctx<perm::Public>, code: &str) -> AppResult<Arc<CachedPage>> {
    let code = written(code)?;
    let key = PageKey::new(PAGE, &*code);
    ctx.app.pages.get(key, async || of_code(&ctx.app.db, &code).await).await
}

/// The same as a page for people.
///
/// # Errors
/// `not_found`
pub async fn get_report_page(ctx: &Ctx<perm::Public>, code: &str) -> AppResult<Arc<CachedPage>> {
    let code = written(code)?;
    let key = PageKey::new("report_page", &*code).showing(&[PAGE]);
    let page = ctx.app.pages.get_bytes(key, async || {
        let found = of_code(&ctx.app.db, &code).await?;
        Ok(render_report(Answer::Found(found))?.into_bytes())
    });
    page.await
}

/// # Errors
/// The page cannot be written.
pub fn render_report(answer: Answer) -> AppResult<String> {
    ReportPage::from(answer).render().map_err(AppError::internal)
}

/// Where the page of a code is, as somebody typed it. `None`: it is none of ours.
pub fn report_page_path(code: &str) -> Option<String> {
    written_code(code).map(|code| page_path(&code))
}

fn written(code: &str) -> AppResult<String> {
    written_code(code).ok_or_else(|| ErrorCode::NotFound.into())
}

async fn of_code(conn: &impl ConnectionTrait, code: &str) -> AppResult<ReportVerification> {
    let report = queries::report_of_code(conn, code).await?;
    verification(conn, report.ok_or_else(|| AppError::new(ErrorCode::NotFound))?).await
}

/// The reports with a document of this hash.
pub async fn check_report_hash(
    ctx: &Ctx<perm::Public>,
    input: CheckReportHash,
) -> AppResult<ReportCheck> {
    let db = &ctx.app.db;
    let sha256 = hex::decode(&input.sha256).map_err(AppError::internal)?;
    let mut reports = Vec::new();
    for report in queries::reports_of_hash(db, &sha256, MOST_MATCHES).await? {
        reports.push(verification(db, report).await?);
    }
    Ok(ReportCheck { reports })
}

async fn verification(
    conn: &impl ConnectionTrait,
    report: lab_report::Model,
) -> AppResult<ReportVerification> {
    let lab = require_lab(conn, report.lab_id).await?;
    let samples = queries::tested_samples(conn, report.id).await?;
    let valid = match report.status {
        ReportStatus::Valid => None,
        _ => queries::valid_report(conn, report.booking_id).await?,
    };
    Ok(ReportVerification {
        verification_code: spoken_code(&report.code),
        status: report.status,
        revision: report.revision,
        lab_name: lab.name,
        products: samples.into_iter().map(Into::into).collect(),
        conclusion: report.conclusion,
        sha256: hex::encode(report.sha256),
        issued_on: local_date(report.issued_at),
        ended_on: report.ended_at.map(local_date),
        valid_code: valid.map(|report| spoken_code(&report.code)),
    })
}
