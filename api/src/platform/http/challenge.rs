//! The header in which a solved challenge travels, and the hint where to get one.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use utoipa::ToSchema;

use super::code::ErrorCode;
use super::error::{AppError, AppResult};

/// A signed challenge and a counter are about a hundred characters.
const LONGEST: usize = 160;

/// `Challenge-Solution: <id>:<counter>`, if the client sent one.
#[derive(Clone, Debug)]
pub struct ChallengeSolution(Option<String>);

/// Where to ask for a challenge, and what for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ChallengeHint {
    #[schema(example = "/api/v1/challenges")]
    pub href: &'static str,
    #[schema(example = "login_staff")]
    pub purpose: &'static str,
}

impl ChallengeSolution {
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl FromRequest for ChallengeSolution {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("challenge-solution") else {
            return ready(Ok(Self(None)));
        };
        let text = value.to_str().ok().filter(|text| text.len() <= LONGEST);
        ready(text.map_or_else(
            || Err(ErrorCode::ChallengeInvalid.into()),
            |text| Ok(Self(Some(text.to_owned()))),
        ))
    }
}
