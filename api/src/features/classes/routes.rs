use actix_web::{delete, get, post};
use uuid::Uuid;

use super::dto::{
    ClassResults, ClassSummary, ClassView, OpenClass, ResultFilter, SeatCardView, SeatLoginView,
    TakeClassSeat,
};
use super::service;
use crate::features::challenges::service::{ChallengePurpose, guarded};
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, ChallengeSolution, Json, Path, Query, Reply};

/// Takes a pseudonymous seat of a class by its code, or comes back to one with its card.
///
/// After many failures from one address it asks for a `Challenge-Solution`.
#[utoipa::path(tag = "classes", params(("Challenge-Solution" = Option<String>, Header)), responses((status = 200, body = SeatLoginView)))]
#[post("/auth/class-seat")]
pub async fn take_class_seat(
    ctx: Ctx<perm::Public>,
    solution: ChallengeSolution,
    input: Json<TakeClassSeat>,
) -> AppResult<Reply> {
    let seat = Box::pin(service::take_class_seat(&ctx, input.value));
    Reply::ok(&guarded(&ctx, ChallengePurpose::TakeClassSeat, &solution, seat).await?)
}

/// Opens a class, as a teacher with a bound phone.
#[utoipa::path(tag = "classes", responses((status = 201, body = ClassView)), security(("resident" = ["class.teach"])))]
#[post("/classes")]
pub async fn open_class(ctx: Ctx<perm::ClassTeach>, input: Json<OpenClass>) -> AppResult<Reply> {
    Reply::json(201, &service::open_class(&ctx, input.value).await?)
}

/// One's own classes, newest first.
#[utoipa::path(tag = "classes", params(PageQuery), responses((status = 200, body = Page<ClassSummary>)), security(("resident" = ["class.teach"])))]
#[get("/classes")]
pub async fn list_classes(ctx: Ctx<perm::ClassTeach>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_classes(&ctx, page.0).await?)
}

/// One of one's own classes, with its code and its taken seats.
#[utoipa::path(tag = "classes", responses((status = 200, body = ClassView)), security(("resident" = ["class.teach"])))]
#[get("/classes/{id}")]
pub async fn get_class(ctx: Ctx<perm::ClassTeach>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::get_class(&ctx, id.0).await?)
}

/// The results of a quiz by seat number.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path), ResultFilter), responses((status = 200, body = ClassResults)), security(("resident" = ["class.teach"])))]
#[get("/classes/{id}/results")]
pub async fn get_class_results(
    ctx: Ctx<perm::ClassTeach>,
    id: Path<Uuid>,
    filter: Query<ResultFilter>,
) -> AppResult<Reply> {
    Reply::ok(&service::get_class_results(&ctx, id.0, filter.0).await?)
}

/// Exchanges the class code for a fresh one that holds for two weeks.
#[utoipa::path(tag = "classes", responses((status = 200, body = ClassView)), security(("resident" = ["class.teach"])))]
#[post("/classes/{id}/code")]
pub async fn renew_class_code(ctx: Ctx<perm::ClassTeach>, id: Path<Uuid>) -> AppResult<Reply> {
    Reply::ok(&service::renew_class_code(&ctx, id.0).await?)
}

/// Hands out another card for a seat; its devices have to come back with it.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path), ("seat_number" = i16, Path)), responses((status = 200, body = SeatCardView)), security(("resident" = ["class.teach"])))]
#[post("/classes/{id}/seats/{seat_number}/card")]
pub async fn renew_seat_card(
    ctx: Ctx<perm::ClassTeach>,
    seat: Path<(Uuid, i16)>,
) -> AppResult<Reply> {
    let (id, seat_number) = seat.0;
    Reply::ok(&service::renew_seat_card(&ctx, id, seat_number).await?)
}

/// Frees a seat and deletes what was answered from it.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path), ("seat_number" = i16, Path)), responses((status = 204)), security(("resident" = ["class.teach"])))]
#[delete("/classes/{id}/seats/{seat_number}")]
pub async fn remove_seat(ctx: Ctx<perm::ClassTeach>, seat: Path<(Uuid, i16)>) -> AppResult<Reply> {
    let (id, seat_number) = seat.0;
    service::remove_seat(&ctx, id, seat_number).await?;
    Ok(Reply::no_content())
}

/// Closes a class and deletes the data of its seats.
#[utoipa::path(tag = "classes", responses((status = 204)), security(("resident" = ["class.teach"])))]
#[post("/classes/{id}/closure")]
pub async fn close_class(ctx: Ctx<perm::ClassTeach>, id: Path<Uuid>) -> AppResult<Reply> {
    service::close_class(&ctx, id.0).await?;
    Ok(Reply::no_content())
}
