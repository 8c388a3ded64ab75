//! A WeChat account as a member's way in on the phone.

use entity::staff_login_ticket::StaffLoginDoor;
use entity::staff_wechat_binding;
use sea_orm::Set;
use std::time::Duration;

use super::super::dto::{BindStaffWechat, LoginStaffWithWechat, StaffLoginReply};
use super::super::queries;
use super::attempts;
use super::login::{enter, own};
use crate::features::accounts::service::wechat_refusal;
use crate::platform::auth::{Ctx, perm};
use crate::platform::db::{AuditActor, unique_violation};
use crate::platform::http::{AppError, AppResult, Device, ErrorCode};

pub async fn login_staff_with_wechat(
    ctx: &Ctx<perm::Public>,
    device: &Device,
    input: LoginStaffWithWechat,
) -> AppResult<StaffLoginReply> {
    let app = &ctx.app;
    let session = app.wechat.code_to_session(&input.code).await.map_err(wechat_refusal)?;
    let openid = session.openid.as_str();
    let binding = queries::binding_of_openid(&app.db, app.wechat.appid(), openid).await?;
    let unbound = || AppError::new(ErrorCode::WechatNotBound);
    let binding = binding.ok_or_else(unbound)?;
    let member = queries::by_id(&app.db, binding.staff_id).await?.ok_or_else(unbound)?;
    // A locked account is locked by every way in.
    if let Some(wait) = member.locked_until.and_then(|until| (until - ctx.now).to_std().ok())
        && wait > Duration::ZERO
    {
        return Err(AppError::new(ErrorCode::AccountLocked).retry_after(wait));
    }
    let tx = ctx.begin_as(AuditActor::Staff(member.id)).await?;
    if !queries::use_binding(&tx, binding.id, ctx.now).await? {
        return Err(unbound());
    }
    tx.commit().await?;
    enter(ctx, device, member, StaffLoginDoor::Wechat).await
}

/// Binding is one to one: a member has one WeChat account here, and it is nobody else's.
pub async fn bind_staff_wechat(
    ctx: &Ctx<perm::StaffDevices>,
    input: BindStaffWechat,
) -> AppResult<()> {
    let app = &ctx.app;
    let member = own(ctx).await?;
    attempts::reauthenticate(ctx, &member, input.password).await?;
    let session = app.wechat.code_to_session(&input.code).await.map_err(wechat_refusal)?;
    let tx = ctx.begin().await?;
    let row = staff_wechat_binding::ActiveModel {
        id: Set(tx.new_id()),
        staff_id: Set(member.id),
        appid: Set(app.wechat.appid().to_owned()),
        openid: Set(session.openid.as_str().to_owned()),
        created_at: Set(ctx.now),
        last_login_at: Set(None),
    };
    match queries::insert_binding(&tx, row).await {
        Ok(()) => {}
        Err(cause) if unique_violation(&cause) => return Err(ErrorCode::WechatAlreadyBound.into()),
        Err(cause) => return Err(cause.into()),
    }
    tx.audit("staff.bind_wechat", "staff_member", member.id, None).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn unbind_staff_wechat(ctx: &Ctx<perm::StaffDevices>) -> AppResult<()> {
    let id = ctx.actor.staff_id;
    let tx = ctx.begin().await?;
    if queries::remove_bindings(&tx, id).await? {
        tx.audit("staff.unbind_wechat", "staff_member", id, None).await?;
    }
    tx.commit().await?;
    Ok(())
}
