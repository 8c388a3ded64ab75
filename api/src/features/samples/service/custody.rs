use entity::sample::{self, SampleStatus};
use entity::sample_event;
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use crate::features::samples::dto::{MoveSample, SampleDetail, SampleFilter, SampleView};
use crate::features::samples::model::may_move;
use crate::features::samples::queries::{self, SampleQuery};
use crate::platform::auth::{Ctx, Staff, perm};
use crate::platform::clock::local_date;
use crate::platform::db::{Page, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn list_samples(
    ctx: &Ctx<perm::BookingRead>,
    filter: SampleFilter,
) -> AppResult<Page<SampleView>> {
    let (cursor, limit) = filter.page().parse()?;
    let query = SampleQuery {
        status: filter.status,
        booking_id: filter.booking_id,
        number: filter.number.map(|number| number.trim().to_uppercase()),
        late_on: (filter.late == Some(true)).then(|| local_date(ctx.now)),
    };
    let scope = ctx.actor.labs::<perm::BookingRead>();
    let rows = queries::sample_page(&ctx.app.db, &scope, query, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.received_at, row.id), SampleView::from))
}

pub async fn get_sample(ctx: &Ctx<perm::BookingRead>, id: Uuid) -> AppResult<SampleDetail> {
    let (db, scope) = (&ctx.app.db, ctx.actor.labs::<perm::BookingRead>());
    let sample = queries::lab_sample(db, &scope, id).await?;
    let sample = sample.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    detail(db, &ctx.actor, sample).await
}

/// Takes a sample on in its chain of custody.
///
/// # Errors
/// `sample_move_refused`, `stale_version`
pub async fn move_sample(
    ctx: &Ctx<perm::SampleManage>,
    id: Uuid,
    version: i32,
    input: MoveSample,
) -> AppResult<SampleDetail> {
    let scope = ctx.actor.labs::<perm::SampleManage>();
    let not_found = || AppError::new(ErrorCode::NotFound);
    let tx = ctx.begin().await?;
    let before = queries::lab_sample(&tx, &scope, id).await?.ok_or_else(not_found)?;
    if before.version != version {
        return Err(ErrorCode::StaleVersion.into());
    }
    if !may_move(before.status, input.to) {
        return Err(ErrorCode::SampleMoveRefused.into());
    }
    if !queries::move_sample(&tx, &before, input.to, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let after = queries::lab_sample(&tx, &scope, id).await?.ok_or_else(not_found)?;
    record(&tx, ctx.actor.staff_id, &after, Some(before.status), input.place).await?;
    tx.audit_change("sample.move", "sample", id, &before, &after, None).await?;
    let view = detail(&tx, &ctx.actor, after).await?;
    tx.commit().await?;
    Ok(view)
}

/// Adds a link to the chain of custody of a sample that has become what it is given as.
pub(super) async fn record(
    tx: &Tx,
    staff_id: Uuid,
    sample: &sample::Model,
    from: Option<SampleStatus>,
    place: Option<String>,
) -> AppResult<()> {
    let row = sample_event::ActiveModel {
        id: Set(tx.new_id()),
        sample_id: Set(sample.id),
        seq: Set(sample.version),
        from_status: Set(from),
        to_status: Set(sample.status),
        staff_id: Set(staff_id),
        place: Set(place),
        at: Set(tx.now()),
    };
    Ok(queries::insert_event(tx, row).await?)
}

pub(super) async fn detail(
    conn: &impl ConnectionTrait,
    actor: &Staff,
    sample: sample::Model,
) -> AppResult<SampleDetail> {
    let custody = queries::sample_events(conn, sample.id).await?;
    let may_move = actor.labs::<perm::SampleManage>().covers(sample.lab_id);
    Ok(SampleDetail::of(sample, custody, may_move))
}
