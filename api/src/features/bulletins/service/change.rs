//! Public acts: publication, correction, withdrawal.

use chrono::Datelike as _;
use entity::bulletin::{self, BulletinStatus, IN_FORCE};
use entity::bulletin_event::{self, BulletinEventKind};
use entity::search_document::DocumentKind;
use sea_orm::{IntoActiveModel as _, Set};
use uuid::Uuid;

use super::edit::{admit, content, locked, over, replace};
use super::index::document;
use super::{Loaded, forget, whole};
use crate::features::bulletins::dto::{CorrectBulletin, StaffBulletinView, WithdrawBulletin};
use crate::features::bulletins::model::number;
use crate::features::bulletins::{policy, queries};
use crate::features::follows::service::tell;
use crate::features::search::service as search;
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::db::Tx;
use crate::platform::http::{AppResult, ErrorCode, FieldError};
use crate::platform::product_code::folded;

/// Gives a draft its number and shows it.
///
/// # Errors
/// `own_bulletin` for who wrote it, `bulletin_not_editable` when it was published before.
pub async fn publish_bulletin(
    ctx: &Ctx<perm::BulletinPublish>,
    id: Uuid,
    version: i32,
) -> AppResult<StaffBulletinView> {
    let scope = ctx.actor.regions::<perm::BulletinPublish>();
    let tx = ctx.begin().await?;
    let before = locked(&tx, &scope, id, version).await?;
    if before.status != BulletinStatus::Draft {
        return Err(ErrorCode::BulletinNotEditable.into());
    }
    policy::may_publish(&ctx.actor, &before)?;
    let year = local_date(ctx.now).year();
    let series = format!("{}:{year}", before.kind.as_str());
    let number = number(before.kind, year, queries::next_serial(&tx, series).await?);
    let search_text = format!("{}\n{}", folded(&number).unwrap_or_default(), before.search_text);
    let row = bulletin::ActiveModel {
        status: Set(BulletinStatus::Published),
        number: Set(Some(number)),
        search_text: Set(search_text),
        published_at: Set(Some(ctx.now)),
        version: Set(before.version + 1),
        ..before.clone().into_active_model()
    };
    let change = Change { kind: BulletinEventKind::Published, note: None };
    finish(ctx, tx, &before, row, change).await
}

/// Replaces the content of what is public, and says what was wrong.
///
/// # Errors
/// `own_bulletin` for who wrote it, `bulletin_not_editable` unless it is public.
pub async fn correct_bulletin(
    ctx: &Ctx<perm::BulletinPublish>,
    id: Uuid,
    version: i32,
    input: CorrectBulletin,
) -> AppResult<StaffBulletinView> {
    let scope = ctx.actor.regions::<perm::BulletinPublish>();
    let tx = ctx.begin().await?;
    admit(&tx, &scope, &input.bulletin, "bulletin.").await?;
    let before = locked(&tx, &scope, id, version).await?;
    if !IN_FORCE.contains(&before.status) {
        return Err(ErrorCode::BulletinNotEditable.into());
    }
    if before.kind != input.bulletin.kind {
        let message = "公告类型不能更正，请撤回后另行发布";
        return Err(FieldError::new("bulletin.kind", "unknown_value", message).into());
    }
    policy::may_publish(&ctx.actor, &before)?;
    let (content, parts) = content(&tx, id, before.number.as_deref(), input.bulletin)?;
    let row = bulletin::ActiveModel {
        status: Set(BulletinStatus::Corrected),
        ..over(&before, content, &tx)
    };
    let corrected = replace(&tx, row, parts).await?;
    let change = Change { kind: BulletinEventKind::Corrected, note: Some(input.note) };
    finish(ctx, tx, &before, corrected.into_active_model(), change).await
}

/// Takes back what is public. What is left is a tombstone with the reason.
///
/// # Errors
/// `bulletin_not_editable` unless it is public.
pub async fn withdraw_bulletin(
    ctx: &Ctx<perm::BulletinPublish>,
    id: Uuid,
    version: i32,
    input: WithdrawBulletin,
) -> AppResult<StaffBulletinView> {
    let scope = ctx.actor.regions::<perm::BulletinPublish>();
    let tx = ctx.begin().await?;
    let before = locked(&tx, &scope, id, version).await?;
    if !IN_FORCE.contains(&before.status) {
        return Err(ErrorCode::BulletinNotEditable.into());
    }
    let row = bulletin::ActiveModel {
        status: Set(BulletinStatus::Withdrawn),
        version: Set(before.version + 1),
        ..before.clone().into_active_model()
    };
    let change = Change { kind: BulletinEventKind::Withdrawn, note: Some(input.note) };
    finish(ctx, tx, &before, row, change).await
}

struct Change {
    kind: BulletinEventKind,
    note: Option<String>,
}

impl Change {
    fn action(&self) -> &'static str {
        match self.kind {
            BulletinEventKind::Published => "bulletin.publish",
            BulletinEventKind::Corrected => "bulletin.correct",
            BulletinEventKind::Withdrawn => "bulletin.withdraw",
        }
    }
}

/// Writes the change with its place in the feed, its event and its audit entry, and tells of it.
async fn finish(
    ctx: &Ctx<perm::BulletinPublish>,
    mut tx: Tx,
    before: &bulletin::Model,
    row: bulletin::ActiveModel,
    change: Change,
) -> AppResult<StaffBulletinView> {
    let changed_at = queries::next_instant(&tx, ctx.now).await?;
    let row = bulletin::ActiveModel {
        event_no: Set(before.event_no + 1),
        change_note: Set(change.note.clone()),
        changed_at: Set(Some(changed_at)),
        updated_at: Set(ctx.now),
        ..row
    };
    let row = queries::update(&tx, row).await?;
    let action = change.action();
    let event = bulletin_event::ActiveModel {
        id: Set(tx.new_id()),
        bulletin_id: Set(row.id),
        no: Set(row.event_no),
        kind: Set(change.kind),
        note: Set(change.note),
        staff_id: Set(ctx.actor.staff_id),
        at: Set(ctx.now),
        reached: Set(None),
        told_at: Set(None),
    };
    queries::insert_event(&tx, event).await?;
    tx.audit_change(action, "bulletin", row.id, before, &row, None).await?;
    let id = row.id;
    let loaded = whole(&tx, row).await?;
    show_changed(&mut tx, &loaded).await?;
    let view = StaffBulletinView::from(&loaded);
    tx.commit().await?;
    forget(&ctx.app, id).await;
    Ok(view)
}

/// The one place through which every public change of a bulletin goes, in its transaction: `bulletin`
/// is what the public sees from now on.
async fn show_changed(tx: &mut Tx, bulletin: &Loaded) -> AppResult<()> {
    let row = &bulletin.row;
    tell(tx, row.id, row.event_no).await?;
    if IN_FORCE.contains(&row.status) {
        search::put(tx, document(bulletin)).await
    } else {
        search::remove(tx, DocumentKind::Bulletin, row.id).await
    }
}
