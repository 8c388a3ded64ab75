use actix_web::{get, post, put};
use uuid::Uuid;

use super::dto::{
    AgeBandView, ConfirmWard, DeclareAgeBand, InvitationView, WardView, WithdrawGuardianConsent,
};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{Page, PageQuery};
use crate::platform::http::{AppResult, Json, Path, Query, Reply};

/// Declares one's age band, without a birth date.
///
/// Becoming younger is always possible. Becoming older is possible when `is_age_review_due`; otherwise
/// a guardian or staff decide.
#[utoipa::path(tag = "minors", responses((status = 200, body = AgeBandView)), security(("resident" = ["age.declare"])))]
#[put("/me/age-band")]
pub async fn declare_age_band(
    ctx: Ctx<perm::AgeDeclare>,
    input: Json<DeclareAgeBand>,
) -> AppResult<Reply> {
    Reply::ok(&service::declare_age_band(&ctx, input.value).await?)
}

/// Makes a code by which a guardian can confirm this child's account; it replaces the one before.
#[utoipa::path(tag = "minors", responses((status = 201, body = InvitationView)), security(("resident" = ["guardian.invite"])))]
#[post("/me/guardian-invitations")]
pub async fn create_guardian_invitation(ctx: Ctx<perm::GuardianInvite>) -> AppResult<Reply> {
    Reply::json(201, &service::create_guardian_invitation(&ctx).await?)
}

/// Confirms a child's account as its guardian, by the child's code and the children's notice.
#[utoipa::path(tag = "minors", responses((status = 201, body = WardView)), security(("resident" = ["guardian.use"])))]
#[post("/me/wards")]
pub async fn confirm_ward(
    ctx: Ctx<perm::GuardianUse>,
    input: Json<ConfirmWard>,
) -> AppResult<Reply> {
    Reply::json(201, &service::confirm_ward(&ctx, input.value).await?)
}

/// The children for whom one's consent is in force, newest first.
#[utoipa::path(tag = "minors", params(PageQuery), responses((status = 200, body = Page<WardView>)), security(("resident" = ["guardian.use"])))]
#[get("/me/wards")]
pub async fn list_wards(ctx: Ctx<perm::GuardianUse>, page: Query<PageQuery>) -> AppResult<Reply> {
    Reply::ok(&service::list_wards(&ctx, page.0).await?)
}

/// Corrects the age band of one's child: another month, or from child to teen.
#[utoipa::path(tag = "minors", responses((status = 200, body = AgeBandView)), security(("resident" = ["guardian.use"])))]
#[put("/me/wards/{id}/age-band")]
pub async fn set_ward_age_band(
    ctx: Ctx<perm::GuardianUse>,
    id: Path<Uuid>,
    input: Json<DeclareAgeBand>,
) -> AppResult<Reply> {
    Reply::ok(&service::set_ward_age_band(&ctx, id.0, input.value).await?)
}

/// Takes a guardian's consent back: the child can read and answer quizzes, and no more.
#[utoipa::path(tag = "minors", responses((status = 204)), security(("resident" = ["guardian.use"])))]
#[post("/me/wards/{id}/withdrawal")]
pub async fn withdraw_guardian_consent(
    ctx: Ctx<perm::GuardianUse>,
    id: Path<Uuid>,
    input: Json<WithdrawGuardianConsent>,
) -> AppResult<Reply> {
    service::withdraw_guardian_consent(&ctx, id.0, input.value).await?;
    Ok(Reply::no_content())
}

/// Sets the age band of an account after a look at a document.
#[utoipa::path(tag = "minors", responses((status = 200, body = AgeBandView)), security(("staff" = ["age.decide"])))]
#[put("/staff/accounts/{id}/age-band")]
pub async fn set_account_age_band(
    ctx: Ctx<perm::AgeDecide>,
    id: Path<Uuid>,
    input: Json<DeclareAgeBand>,
) -> AppResult<Reply> {
    Reply::ok(&service::set_account_age_band(&ctx, id.0, input.value).await?)
}
