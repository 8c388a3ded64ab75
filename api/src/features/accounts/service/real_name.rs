use entity::consent::ConsentPurpose;
use entity::real_name::{self, RealNamePurpose};
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::locked_own;
use crate::app::App;
use crate::features::accounts::dto::{GiveRealName, RealNameView};
use crate::features::accounts::model::birthday;
use crate::features::accounts::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::consent::require_consent;
use crate::platform::crypto::{Disclosed, IdNumber, Name, column};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

pub async fn put_real_name(
    ctx: &Ctx<perm::IdentityGive>,
    input: GiveRealName,
) -> AppResult<RealNameView> {
    let (app, id) = (&ctx.app, ctx.actor.account_id);
    let number = input.id_number.to_ascii_uppercase();
    if birthday(&number).is_none_or(|day| day > local_date(ctx.now)) {
        let message = "证件号码中的出生日期晚于今天";
        return Err(FieldError::new("id_number", "out_of_range", message).into());
    }
    let row = real_name::ActiveModel {
        account_id: Set(id),
        purpose: Set(input.purpose),
        name_cipher: Set(app.cipher.seal(column::REAL_NAME.purpose, input.name.as_bytes())?),
        id_number_cipher: Set(app.cipher.seal(column::ID_NUMBER.purpose, number.as_bytes())?),
        id_number_index: Set(app.blind_index.of(column::ID_NUMBER.purpose, &number)),
        given_at: Set(ctx.now),
    };
    let tx = ctx.begin().await?;
    locked_own(&tx, id).await?;
    require_consent(app, &tx, id, ConsentPurpose::RealName).await?;
    queries::put_real_name(&tx, row).await?;
    let details = json!({ "purpose": input.purpose });
    tx.audit("real_name.give", "account", id, Some(details)).await?;
    tx.commit().await?;
    own(app, id).await
}

pub async fn get_real_name(ctx: &Ctx<perm::MeUse>) -> AppResult<RealNameView> {
    own(&ctx.app, ctx.actor.account_id).await
}

async fn own(app: &App, id: Uuid) -> AppResult<RealNameView> {
    let row = queries::real_name(&app.db, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let cipher = &app.cipher;
    let id_number = cipher.personal::<IdNumber>(column::ID_NUMBER, &row.id_number_cipher)?;
    Ok(RealNameView {
        name: cipher.personal::<Name>(column::REAL_NAME, &row.name_cipher)?.masked(),
        id_number: id_number.masked(),
        purpose: row.purpose,
        given_at: row.given_at,
    })
}

/// Removes the real name, unless a case it was given for is still open.
pub async fn delete_real_name(ctx: &Ctx<perm::MeUse>) -> AppResult<()> {
    let tx = ctx.begin().await?;
    if !forget_real_name(&tx, ctx.actor.account_id).await? {
        return Err(ErrorCode::RealNameInUse.into());
    }
    Ok(tx.commit().await?)
}

/// Removes the real name of an account. False when an open case still needs it; what is not there
/// is removed already.
///
/// # Errors
/// The row cannot be read or written.
pub async fn forget_real_name(tx: &Tx, id: Uuid) -> AppResult<bool> {
    let Some(row) = queries::real_name(tx, id).await? else { return Ok(true) };
    let is_in_use = match row.purpose {
        RealNamePurpose::Complaint => queries::has_open_complaint(tx, id).await?,
    };
    if is_in_use {
        return Ok(false);
    }
    queries::delete_real_name(tx, id).await?;
    tx.audit("real_name.delete", "account", id, None).await?;
    Ok(true)
}

/// Name and identity number in clear, for whoever handles a case of this purpose and has said why.
///
/// # Errors
/// The row cannot be read or opened.
pub async fn real_name_for_case(
    app: &App,
    tx: &Tx,
    account_id: Uuid,
    purpose: RealNamePurpose,
    disclosed: &Disclosed,
) -> AppResult<Option<(String, String)>> {
    let row = queries::real_name(tx, account_id).await?.filter(|row| row.purpose == purpose);
    let Some(row) = row else { return Ok(None) };
    let cipher = &app.cipher;
    let name = cipher.personal::<Name>(column::REAL_NAME, &row.name_cipher)?;
    let id_number = cipher.personal::<IdNumber>(column::ID_NUMBER, &row.id_number_cipher)?;
    Ok(Some((name.clear(disclosed), id_number.clear(disclosed))))
}
