use entity::account;
use uuid::Uuid;

use super::locked_own;
use crate::app::App;
use crate::features::accounts::dto::{AccountView, NameSchool, UpdateMe};
use crate::features::accounts::model::may_name_school;
use crate::features::accounts::queries::{self, Profile};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, Standing, perm};
use crate::platform::crypto::{Phone, column};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

const SCHOOL: &str = column::ACCOUNT_SCHOOL.purpose;

pub async fn get_me(ctx: &Ctx<perm::MeUse>) -> AppResult<AccountView> {
    own(&ctx.app, ctx.actor.account_id).await
}

pub(super) async fn own(app: &App, id: Uuid) -> AppResult<AccountView> {
    let account = queries::account(&app.db, id).await?;
    view(app, account.ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))?)
}

pub async fn update_me(ctx: &Ctx<perm::ProfileEdit>, input: UpdateMe) -> AppResult<AccountView> {
    let UpdateMe { audience, region_code } = input;
    if let Some(Some(code)) = &region_code {
        require_region(&ctx.app.db, code, "region_code").await?;
    }
    let id = ctx.actor.account_id;
    let tx = ctx.begin().await?;
    let was = locked_own(&tx, id).await?;
    // Who no longer learns or teaches has no school.
    let has_school = may_name_school(audience.unwrap_or(was.audience));
    let school_name_cipher = (!has_school).then_some(None);
    let profile = Profile { audience, region_code, school_name_cipher };
    queries::update_profile(&tx, id, profile, ctx.now).await?;
    tx.commit().await?;
    own(&ctx.app, id).await
}

/// Free text of one's own, hence nothing for children; never published, hence not reviewed.
pub async fn put_school(
    ctx: &Ctx<perm::IdentityGive>,
    input: NameSchool,
) -> AppResult<AccountView> {
    let id = ctx.actor.account_id;
    let sealed = ctx.app.cipher.seal(SCHOOL, input.name.as_bytes())?;
    let tx = ctx.begin().await?;
    if !may_name_school(locked_own(&tx, id).await?.audience) {
        return Err(ErrorCode::SchoolNotNeeded.into());
    }
    set_school(&tx, id, Some(sealed)).await?;
    tx.commit().await?;
    own(&ctx.app, id).await
}

pub async fn delete_school(ctx: &Ctx<perm::MeUse>) -> AppResult<()> {
    let tx = ctx.begin().await?;
    set_school(&tx, ctx.actor.account_id, None).await?;
    Ok(tx.commit().await?)
}

async fn set_school(tx: &Tx, id: Uuid, sealed: Option<Vec<u8>>) -> AppResult<()> {
    let profile = Profile { audience: None, region_code: None, school_name_cipher: Some(sealed) };
    Ok(queries::update_profile(tx, id, profile, tx.now()).await?)
}

/// Removes what somebody chose to say of themselves.
///
/// # Errors
/// The row cannot be written.
pub async fn forget_profile(tx: &Tx, id: Uuid) -> AppResult<()> {
    let nothing =
        Profile { audience: Some(None), region_code: Some(None), school_name_cipher: Some(None) };
    Ok(queries::update_profile(tx, id, nothing, tx.now()).await?)
}

pub(super) fn view(app: &App, account: account::Model) -> AppResult<AccountView> {
    let phone = match &account.phone_cipher {
        Some(sealed) => Some(app.cipher.personal::<Phone>(column::ACCOUNT_PHONE, sealed)?.masked()),
        None => None,
    };
    let school_name = match &account.school_name_cipher {
        Some(sealed) => Some(app.cipher.open_text(SCHOOL, sealed)?),
        None => None,
    };
    Ok(AccountView {
        id: account.id,
        status: account.status,
        standing: Standing::of(&account),
        is_age_review_due: account.age_review_asked_at.is_some(),
        audience: account.audience,
        region_code: account.region_code,
        school_name,
        phone,
        created_at: account.created_at,
    })
}
