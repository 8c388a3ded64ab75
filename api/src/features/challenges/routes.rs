use actix_web::post;

use super::dto::{ChallengeView, CreateChallenge};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Json, Reply};

/// Asks for a challenge, after `challenge_required`.
#[utoipa::path(tag = "challenges", responses((status = 201, body = ChallengeView)))]
#[post("/challenges")]
pub async fn create_challenge(
    ctx: Ctx<perm::Public>,
    input: Json<CreateChallenge>,
) -> AppResult<Reply> {
    Reply::json(201, &service::create_challenge(&ctx, &input)?)
}
