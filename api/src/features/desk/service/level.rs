use std::collections::HashMap;

use entity::lab;
use uuid::Uuid;

use crate::features::desk::dto::{
    ConfirmationLevel, ResultLevel, ServiceLevelFilter, ServiceLevelView,
};
use crate::features::desk::model::{Span, per_mille};
use crate::features::desk::policy;
use crate::features::desk::queries::{self, Answers, Percentiles, Results};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::Page;
use crate::platform::http::{AppResult, FieldError};

/// Five queries whatever the number of labs and bookings.
pub async fn list_service_levels(
    ctx: &Ctx<perm::BookingStatistics>,
    filter: ServiceLevelFilter,
) -> AppResult<Page<ServiceLevelView>> {
    let (cursor, limit) = filter.page().parse()?;
    let month = filter.month.unwrap_or_else(|| local_date(ctx.now).format("%Y-%m").to_string());
    let month = Span::of_month(&month)
        .ok_or_else(|| FieldError::new("month", "invalid_format", "应为年月，如 2026-11"))?;
    let db = &ctx.app.db;
    if let Some(code) = &filter.region {
        require_region(db, code, "region").await?;
    }
    let scope = policy::labs::<perm::BookingStatistics>(&ctx.actor);
    let region = filter.region.as_deref();
    let labs = queries::labs_page(db, &scope, region, filter.lab_id, cursor, limit).await?;
    let ids: Vec<Uuid> = labs.iter().map(|lab| lab.id).collect();
    let levels = if ids.is_empty() {
        Levels::default()
    } else {
        let (answers, answer_times) = queries::answers(db, &ids, month).await?;
        let (results, result_times) = queries::results(db, &ids, month).await?;
        let answers = answers.into_iter().map(|row| (row.lab_id, row)).collect();
        let results = results.into_iter().map(|row| (row.lab_id, row)).collect();
        Levels { answers, answer_times, results, result_times }
    };
    Ok(Page::build(labs, limit, |row| (row.created_at, row.id), |row| levels.of(row)))
}

#[derive(Default)]
struct Levels {
    answers: HashMap<Uuid, Answers>,
    answer_times: HashMap<Uuid, Percentiles>,
    results: HashMap<Uuid, Results>,
    result_times: HashMap<Uuid, Percentiles>,
}

impl Levels {
    fn of(&self, lab: lab::Model) -> ServiceLevelView {
        let times = |of: &HashMap<Uuid, Percentiles>| of.get(&lab.id).copied().unwrap_or_default();
        let (answered, delivered) = (times(&self.answer_times), times(&self.result_times));
        let confirmation = self.answers.get(&lab.id).map(|row| ConfirmationLevel {
            requests: row.requests,
            answered: row.answered,
            answered_in_time: row.in_time,
            in_time_per_mille: per_mille(row.in_time, row.answered + row.expired),
            expired: row.expired,
            median_secs: answered.median,
            p90_secs: answered.p90,
        });
        let result = self.results.get(&lab.id).map(|row| ResultLevel {
            visits: row.visits,
            delivered: row.delivered,
            late: row.late,
            median_secs: delivered.median,
            p90_secs: delivered.p90,
        });
        ServiceLevelView {
            lab_id: lab.id,
            lab_name: lab.name,
            region_code: lab.region_code,
            confirmation: confirmation.unwrap_or_default(),
            result: result.unwrap_or_default(),
        }
    }
}
