use std::collections::HashMap;

use chrono::NaiveDate;
use entity::booking::BookingStatus;
use entity::lab_capability::ProductClass;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::features::desk::dto::{
    BookingStatistics, SampleGroup, SampleStatistics, SampleStatisticsQuery, StateCount,
    StatisticsGroup, StatisticsQuery,
};
use crate::features::desk::model::{Finding, MOST_DAYS, Span, per_mille};
use crate::features::desk::policy;
use crate::features::desk::queries::{self, Counted, CountedSamples, Visits};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, FieldError};

const MOST_GROUPS: usize = 500;

/// # Errors
/// `validation_failed` for a time that is empty or more than a year, and for more than 500 groups.
pub async fn get_booking_statistics(
    ctx: &Ctx<perm::BookingStatistics>,
    query: StatisticsQuery,
) -> AppResult<BookingStatistics> {
    let StatisticsQuery { from, to, by, region, lab_id, kind } = query;
    let db = &ctx.app.db;
    let span = checked(db, from, to, region.as_deref()).await?;
    let by = by.unwrap_or_default();
    let visits = Visits { span, region, lab_id, kind };
    let scope = policy::labs::<perm::BookingStatistics>(&ctx.actor);
    // A group has a line for each state at most.
    let most_lines = MOST_GROUPS * BookingStatus::all().count();
    let most = u64::try_from(most_lines).unwrap_or(u64::MAX);
    let lines = queries::counts(db, &scope, by, &visits, most + 1).await?;
    let groups = lines.chunk_by(|a, b| (a.id, &a.code) == (b.id, &b.code));
    let mut groups: Vec<StatisticsGroup> = groups.map(group).collect();
    if groups.len() > MOST_GROUPS || lines.len() > most_lines {
        return Err(too_many());
    }
    let ids = groups.iter().filter_map(|group| group.id).collect();
    let codes = groups.iter().filter_map(|group| group.code.clone()).collect();
    let names = queries::names(db, by, ids, codes).await?;
    for group in &mut groups {
        group.name = name_of(&names, group.id, group.code.as_ref());
    }
    Ok(BookingStatistics { from, to, by, groups })
}

/// # Errors
/// As [`get_booking_statistics`].
pub async fn get_sample_statistics(
    ctx: &Ctx<perm::BookingStatistics>,
    query: SampleStatisticsQuery,
) -> AppResult<SampleStatistics> {
    let SampleStatisticsQuery { from, to, by, region, lab_id, kind, product_class } = query;
    let db = &ctx.app.db;
    let span = checked(db, from, to, region.as_deref()).await?;
    let by = by.unwrap_or_default();
    let visits = Visits { span, region, lab_id, kind };
    let scope = policy::labs::<perm::BookingStatistics>(&ctx.actor);
    let most_lines = MOST_GROUPS * Finding::ALL.len();
    let most = u64::try_from(most_lines).unwrap_or(u64::MAX);
    let lines = queries::sample_counts(db, &scope, by, &visits, product_class, most + 1).await?;
    let groups = lines.chunk_by(|a, b| (a.id, &a.code) == (b.id, &b.code));
    let mut groups: Vec<SampleGroup> = groups.map(sample_group).collect();
    if groups.len() > MOST_GROUPS || lines.len() > most_lines {
        return Err(too_many());
    }
    let names = match by.of_bookings() {
        Some(by) => {
            let ids = groups.iter().filter_map(|group| group.id).collect();
            let codes = groups.iter().filter_map(|group| group.code.clone()).collect();
            queries::names(db, by, ids, codes).await?
        }
        None => {
            ProductClass::all().map(|class| (class.as_str(), class.label().to_owned())).collect()
        }
    };
    for group in &mut groups {
        group.name = name_of(&names, group.id, group.code.as_ref());
    }
    Ok(SampleStatistics { from, to, by, groups })
}

/// The span of the days, when they and the region can be.
async fn checked(
    conn: &impl ConnectionTrait,
    from: NaiveDate,
    to: NaiveDate,
    region: Option<&str>,
) -> AppResult<Span> {
    let span = Span::of_days(from, to).ok_or_else(|| {
        FieldError::new("to", "out_of_range", format!("应在开始日期之后 {MOST_DAYS} 天之内"))
    })?;
    if let Some(code) = region {
        require_region(conn, code, "region").await?;
    }
    Ok(span)
}

fn name_of(
    names: &HashMap<String, String>,
    id: Option<Uuid>,
    code: Option<&String>,
) -> Option<String> {
    names.get(&id.map(|id| id.to_string()).or_else(|| code.cloned())?).cloned()
}

fn too_many() -> AppError {
    FieldError::new("by", "out_of_range", "分组过多，请缩小地区或日期范围").into()
}

/// The lines of one group of samples.
fn sample_group(lines: &[CountedSamples]) -> SampleGroup {
    let of = |from: Finding, to: Finding| -> i64 {
        let is_meant = |line: &&CountedSamples| (from..=to).contains(&Finding::ranked(line.rank));
        lines.iter().filter(is_meant).map(|line| line.samples).sum()
    };
    let (passed, failed) =
        (of(Finding::Passed, Finding::Passed), of(Finding::Failed, Finding::Unsafe));
    SampleGroup {
        id: lines.first().and_then(|line| line.id),
        code: lines.first().and_then(|line| line.code.clone()),
        name: None,
        samples: of(Finding::Open, Finding::Unsafe),
        tested: of(Finding::NotJudged, Finding::Unsafe),
        passed,
        failed,
        unsafe_samples: of(Finding::Unsafe, Finding::Unsafe),
        not_judged: of(Finding::NotJudged, Finding::NotJudged),
        failed_per_mille: per_mille(failed, passed + failed),
    }
}

/// The lines of one group.
fn group(lines: &[Counted]) -> StatisticsGroup {
    use BookingStatus as S;

    let of = |states: &[S]| {
        let lines = lines.iter().filter(|line| states.contains(&line.status));
        lines.fold((0, 0), |(bookings, units), line| (bookings + line.bookings, units + line.units))
    };
    let absent = |states: &[S]| -> i64 {
        lines
            .iter()
            .filter(|line| states.contains(&line.status))
            .map(|line| line.units_absent)
            .sum()
    };
    let all: Vec<S> = S::all().collect();
    let (bookings, units) = of(&all);
    let visited = [S::CheckedIn, S::Testing, S::Completed];
    let (came, announced) = of(&visited);
    let (no_shows, _) = of(&[S::NoShow]);
    let state = |line: &Counted| StateCount {
        status: line.status,
        bookings: line.bookings,
        units: line.units,
    };
    StatisticsGroup {
        id: lines.first().and_then(|line| line.id),
        code: lines.first().and_then(|line| line.code.clone()),
        name: None,
        bookings,
        units,
        came,
        units_served: announced - absent(&visited),
        no_shows,
        no_show_per_mille: per_mille(no_shows, no_shows + came),
        states: lines.iter().map(state).collect(),
    }
}
