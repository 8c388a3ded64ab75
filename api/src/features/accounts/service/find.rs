use serde_json::json;
use uuid::Uuid;

use super::PHONE;
use crate::app::App;
use crate::features::accounts::dto::{FindAccounts, FoundAccountView, FoundAccounts};
use crate::features::accounts::queries;
use crate::platform::auth::{Ctx, perm};
use crate::platform::crypto::{Phone, column};
use crate::platform::http::AppResult;
use crate::platform::http::text::normalised_phone;

/// More accounts than anybody has.
const FOUND: u64 = 20;

pub async fn find_accounts(
    ctx: &Ctx<perm::AccountFind>,
    input: FindAccounts,
) -> AppResult<FoundAccounts> {
    let app = &ctx.app;
    let phone = normalised_phone(&input.phone).unwrap_or(input.phone);
    let details = json!({ "reason": input.reason });
    let tx = ctx.begin().await?;
    let rows = queries::by_phone(&tx, app.blind_index.all_of(PHONE, &phone), FOUND).await?;
    if rows.is_empty() {
        tx.audit("account.find", "account", "none", Some(details.clone())).await?;
    }
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        tx.audit("account.find", "account", row.id, Some(details.clone())).await?;
        let sealed = row.phone_cipher.unwrap_or_default();
        let phone = app.cipher.personal::<Phone>(column::ACCOUNT_PHONE, &sealed)?.masked();
        let (id, status, created_at) = (row.id, row.status, row.created_at);
        items.push(FoundAccountView { id, status, phone, created_at });
    }
    tx.commit().await?;
    Ok(FoundAccounts { items })
}

/// The openid by which WeChat knows an account in our mini-program.
///
/// # Errors
/// The database cannot be read.
pub async fn openid_of(app: &App, account_id: Uuid) -> AppResult<Option<String>> {
    let identity = queries::identity_of(&app.db, account_id, app.wechat.appid()).await?;
    Ok(identity.map(|identity| identity.openid))
}
