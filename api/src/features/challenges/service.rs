use std::future::Future;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq as _;

use super::dto::{ChallengeView, CreateChallenge};
use super::model::{Challenge, ChallengeAlgorithm, is_failure, is_solved, split_solution};
use crate::app::App;
use crate::platform::auth::{Ctx, Permission, perm};
use crate::platform::config::ChallengeMode;
use crate::platform::http::{
    AppError, AppResult, ChallengeHint, ChallengeSolution, ClientAddress, ErrorCode,
};
use crate::platform::kv::{LimitKey, Verdict};

pub use super::model::ChallengePurpose;

const PURPOSE: &str = "challenge";

pub fn create_challenge(
    ctx: &Ctx<perm::Public>,
    input: &CreateChallenge,
) -> AppResult<ChallengeView> {
    let settings = &ctx.app.config.challenge;
    let mut nonce = [0; 16];
    ctx.app.ids.fill(&mut nonce);
    let lifetime = TimeDelta::seconds(i64::from(settings.lifetime_secs));
    let challenge = Challenge {
        purpose: input.purpose,
        difficulty: settings.difficulty,
        expires_at: ctx.now + lifetime,
        nonce,
    };
    let mut bytes = challenge.bytes();
    bytes.extend(signature(&ctx.app, &bytes));
    Ok(ChallengeView {
        id: URL_SAFE_NO_PAD.encode(bytes),
        algorithm: ChallengeAlgorithm::Sha256,
        difficulty: challenge.difficulty,
        expires_at: challenge.expires_at,
    })
}

/// Runs what costs something for whoever need not show a solution, or shows one, and remembers
/// whose address fails.
///
/// # Errors
/// `challenge_required`, `challenge_invalid`, or what `work` says.
pub async fn guarded<P: Permission, T>(
    ctx: &Ctx<P>,
    purpose: ChallengePurpose,
    solution: &ChallengeSolution,
    work: impl Future<Output = AppResult<T>>,
) -> AppResult<T> {
    if ctx.app.config.challenge.mode == ChallengeMode::Off {
        return work.await;
    }
    let outcome = match require_challenge(ctx, purpose, solution).await {
        Ok(()) => work.await,
        Err(refusal) => Err(refusal),
    };
    if let Err(error) = &outcome
        && is_failure(error.code())
    {
        note_failure(&ctx.app, ctx.address).await;
    }
    outcome
}

/// Refuses whoever must show a solution and does not, or shows one that is not good.
async fn require_challenge<P: Permission>(
    ctx: &Ctx<P>,
    purpose: ChallengePurpose,
    solution: &ChallengeSolution,
) -> AppResult<()> {
    match solution.text() {
        Some(solution) => redeem(&ctx.app, purpose, solution, ctx.now).await,
        None if is_demanded(&ctx.app, ctx.address).await => {
            let hint = ChallengeHint { href: "/api/v1/challenges", purpose: purpose.as_str() };
            Err(AppError::new(ErrorCode::ChallengeRequired).challenge(hint))
        }
        None => Ok(()),
    }
}

async fn is_demanded(app: &App, address: ClientAddress) -> bool {
    match app.config.challenge.mode {
        ChallengeMode::Off => false,
        ChallengeMode::Adaptive => app.kv.ticket(&suspicion(address)).await.is_some(),
        ChallengeMode::Always => true,
    }
}

/// Uses a solution up. Last of all: only what cost work leaves a trace, so nobody can fill our
/// memory for nothing.
async fn redeem(
    app: &App,
    purpose: ChallengePurpose,
    solution: &str,
    now: DateTime<Utc>,
) -> AppResult<()> {
    let invalid = || AppError::new(ErrorCode::ChallengeInvalid);
    let (id, _) = split_solution(solution).ok_or_else(invalid)?;
    let challenge = open(app, id).ok_or_else(invalid)?;
    let left = (challenge.expires_at - now).to_std().ok().filter(|left| !left.is_zero());
    let left = left.ok_or_else(invalid)?;
    let is_good = challenge.purpose == purpose && is_solved(solution, challenge.difficulty);
    if is_good && app.kv.claim_ticket(&format!("challenge:{id}"), left).await {
        Ok(())
    } else {
        Err(invalid())
    }
}

/// The challenge behind an id, if it is one of ours.
fn open(app: &App, id: &str) -> Option<Challenge> {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
    let (challenge, signed) = Challenge::read(&bytes)?;
    let is_ours: bool = signature(app, &challenge.bytes()).ct_eq(signed).into();
    is_ours.then_some(challenge)
}

fn signature(app: &App, bytes: &[u8]) -> [u8; 32] {
    app.blind_index.array(PURPOSE, &hex::encode(bytes))
}

async fn note_failure(app: &App, address: ClientAddress) {
    let key = LimitKey { address: Some(address.household()), ..LimitKey::default() };
    if app.failures.take(key).await != Verdict::Allowed {
        let window = Duration::from_secs(u64::from(app.config.challenge.window_secs));
        app.kv.put_ticket(&suspicion(address), "", window).await;
    }
}

fn suspicion(address: ClientAddress) -> String {
    format!("suspect:{}", address.household())
}
