use entity::account::Audience;
use entity::class::{self, ClassStatus};
use entity::login_session::RevocationReason;
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use super::{CODE, new_pin, pin_index};
use crate::app::App;
use crate::features::classes::dto::{
    ClassResults, ClassSummary, ClassView, OpenClass, ResultFilter, SeatCardView, SeatResult,
    SeatView,
};
use crate::features::classes::model::{CODE_LASTS, CODE_LENGTH, OPEN_CLASSES, last_day};
use crate::features::classes::queries;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, Subject, perm, revoke_all};
use crate::platform::clock::local_date;
use crate::platform::consent::lock_account;
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub async fn open_class(ctx: &Ctx<perm::ClassTeach>, input: OpenClass) -> AppResult<ClassView> {
    let (app, teacher_id) = (&ctx.app, ctx.actor.account_id);
    let expires_on = last_day(input.expires_on, local_date(ctx.now))?;
    require_region(&app.db, &input.region_code, "region_code").await?;
    let (cipher, index) = new_code(app)?;
    let tx = ctx.begin().await?;
    let teacher = lock_account(&tx, teacher_id).await?;
    let teacher = teacher.ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))?;
    if teacher.audience != Some(Audience::Teacher) {
        return Err(ErrorCode::TeacherRequired.into());
    }
    if teacher.phone_cipher.is_none() {
        return Err(ErrorCode::PhoneRequired.into());
    }
    if queries::open_count(&tx, teacher_id).await? >= OPEN_CLASSES {
        return Err(ErrorCode::ClassLimitReached.into());
    }
    let row = class::ActiveModel {
        id: Set(tx.new_id()),
        teacher_id: Set(teacher_id),
        status: Set(ClassStatus::Open),
        region_code: Set(input.region_code),
        grade: Set(input.grade),
        number: Set(input.number),
        size: Set(input.size),
        code_cipher: Set(Some(cipher)),
        code_index: Set(Some(index)),
        code_expires_at: Set(Some(ctx.now + CODE_LASTS)),
        expires_on: Set(expires_on),
        created_at: Set(ctx.now),
        closed_at: Set(None),
    };
    let row = queries::insert(&tx, row).await?;
    tx.audit("class.open", "class", row.id, None).await?;
    let view = view(app, &tx, row).await?;
    tx.commit().await?;
    Ok(view)
}

/// A fresh code, encrypted to be shown again and indexed to be found.
fn new_code(app: &App) -> AppResult<(Vec<u8>, Vec<u8>)> {
    let code = app.ids.readable(CODE_LENGTH);
    Ok((app.cipher.seal(CODE, code.as_bytes())?, app.blind_index.of(CODE, &code)))
}

pub async fn list_classes(
    ctx: &Ctx<perm::ClassTeach>,
    page: PageQuery,
) -> AppResult<Page<ClassSummary>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::own_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    let key = |row: &class::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| ClassSummary::from(&row)))
}

pub async fn get_class(ctx: &Ctx<perm::ClassTeach>, id: Uuid) -> AppResult<ClassView> {
    let row = queries::own(&ctx.app.db, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    view(&ctx.app, &ctx.app.db, row).await
}

pub async fn get_class_results(
    ctx: &Ctx<perm::ClassTeach>,
    id: Uuid,
    filter: ResultFilter,
) -> AppResult<ClassResults> {
    let row = queries::own(&ctx.app.db, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let results = queries::results(&ctx.app.db, row.id, filter.quiz_id).await?;
    let items = results.into_iter().map(|(seat_number, points, max_points)| SeatResult {
        seat_number,
        points,
        max_points,
    });
    Ok(ClassResults { items: items.collect() })
}

/// Exchanges the code; the old one lets nobody in any more.
pub async fn renew_class_code(ctx: &Ctx<perm::ClassTeach>, id: Uuid) -> AppResult<ClassView> {
    let (app, teacher_id) = (&ctx.app, ctx.actor.account_id);
    let not_found = || AppError::new(ErrorCode::NotFound);
    let (cipher, index) = new_code(app)?;
    let tx = ctx.begin().await?;
    let row = queries::locked_own(&tx, teacher_id, id).await?.ok_or_else(not_found)?;
    if row.status != ClassStatus::Open {
        return Err(ErrorCode::ClassClosed.into());
    }
    queries::update_code(&tx, id, cipher, index, ctx.now + CODE_LASTS).await?;
    tx.audit("class.renew_code", "class", id, None).await?;
    let row = queries::own(&tx, teacher_id, id).await?.ok_or_else(not_found)?;
    let view = view(app, &tx, row).await?;
    tx.commit().await?;
    Ok(view)
}

/// Hands out another card for a seat and ends its sessions; what was answered stays.
pub async fn renew_seat_card(
    ctx: &Ctx<perm::ClassTeach>,
    id: Uuid,
    seat_number: i16,
) -> AppResult<SeatCardView> {
    let app = &ctx.app;
    let not_found = || AppError::new(ErrorCode::NotFound);
    let pin = new_pin(app);
    let tx = ctx.begin().await?;
    queries::locked_own(&tx, ctx.actor.account_id, id).await?.ok_or_else(not_found)?;
    let seat = queries::seat(&tx, id, seat_number).await?.ok_or_else(not_found)?;
    queries::update_pin(&tx, seat.account_id, pin_index(app, seat.account_id, &pin)).await?;
    revoke_all(&tx, seat.account_id, RevocationReason::CredentialsChanged, ctx.now).await?;
    tx.commit().await?;
    app.principals.forget(Subject::Resident(seat.account_id));
    Ok(SeatCardView { seat_number, pin })
}

async fn view(app: &App, conn: &impl ConnectionTrait, row: class::Model) -> AppResult<ClassView> {
    let code = match &row.code_cipher {
        Some(sealed) => Some(app.cipher.open_text(CODE, sealed)?),
        None => None,
    };
    let seats = queries::seats(conn, row.id).await?;
    Ok(ClassView {
        summary: ClassSummary::from(&row),
        code,
        code_expires_at: row.code_expires_at,
        seats: seats.into_iter().map(SeatView::from).collect(),
    })
}
