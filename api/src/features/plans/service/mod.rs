//! Use cases: what a lab plans, what becomes of it, and how a change is carried out.

mod apply;
mod edit;
mod generate;
mod preview;

pub use apply::apply_change;
pub use edit::{create_plan, get_plan, list_plans, update_plan};
pub use generate::{generate_plan, generate_plans};
pub use preview::{preview_plan, preview_plan_change};

use chrono::{DateTime, Utc};
use entity::plan;

use super::dto::PlanView;
use super::model::{MOST_SLOTS, Mistake, Rule, Timetable};
use crate::app::App;
use crate::features::appointments::PlannedSlot;
use crate::platform::clock::local_date;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

/// The slots a rule gives now, once it was looked at.
///
/// # Errors
/// `validation_failed`, `plan_never_happens`, `plan_too_large`.
fn checked(
    app: &App,
    rule: &Rule,
    before: Option<&Rule>,
    district_code: &str,
    now: DateTime<Utc>,
) -> AppResult<Vec<PlannedSlot>> {
    let today = local_date(now);
    let mistakes = rule.mistakes(today, before);
    if !mistakes.is_empty() {
        return Err(AppError::fields(mistakes));
    }
    let timetable = Timetable::of(rule, &app.workdays, district_code).map_err(refused)?;
    timetable.check().map_err(refused)?;
    let slots = timetable.ahead(now, today);
    if slots.len() > MOST_SLOTS {
        return Err(ErrorCode::PlanTooLarge.into());
    }
    Ok(slots)
}

fn refused(mistake: Mistake) -> AppError {
    match mistake {
        Mistake::Rule(message) => FieldError::new("rule.rrule", "invalid_format", message).into(),
        Mistake::NeverHappens => ErrorCode::PlanNeverHappens.into(),
    }
}

/// The rule of a stored plan.
fn stored(row: &plan::Model) -> AppResult<Rule> {
    Rule::stored(row).map_err(AppError::internal)
}

/// The timetable of a stored rule, which was looked at when it was stored.
fn timetable<'a>(app: &'a App, rule: &'a Rule, district_code: &'a str) -> AppResult<Timetable<'a>> {
    Timetable::of(rule, &app.workdays, district_code)
        .map_err(|mistake| AppError::internal(format!("a stored plan: {mistake:?}")))
}

fn view(row: plan::Model) -> AppResult<PlanView> {
    let rule = stored(&row)?;
    Ok(PlanView::of(row, rule))
}

/// The district whose residents go first: the county of a lab's region.
fn district(region_code: &str) -> &str {
    region_code.get(..6).unwrap_or(region_code)
}
