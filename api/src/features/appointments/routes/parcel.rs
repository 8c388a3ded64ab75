use actix_web::put;
use uuid::Uuid;

use crate::features::appointments::dto::{BookingView, SetParcelNumber};
use crate::features::appointments::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Json, Path, Reply};

/// Says under which parcel number a sample comes by courier. It may be corrected until the lab has the
/// sample.
#[utoipa::path(tag = "appointments", responses((status = 200, body = BookingView)), security(("resident" = ["booking.use"])))]
#[put("/bookings/{id}/parcel-number")]
pub async fn set_parcel_number(
    ctx: Ctx<perm::BookingUse>,
    id: Path<Uuid>,
    input: Json<SetParcelNumber>,
) -> AppResult<Reply> {
    Reply::ok(&service::set_parcel_number(&ctx, id.0, input.value).await?)
}
