use chrono::TimeDelta;
use entity::account::{self, AccountStatus, AgeBand};
use entity::consent::{ConsentChannel, ConsentDecision, ConsentPurpose};
use entity::guardian_consent::{self, GuardianEnd};
use entity::guardian_invitation;
use sea_orm::Set;
use uuid::Uuid;

use super::age::{declare, read};
use crate::app::App;
use crate::features::minors::dto::{
    AgeBandView, ConfirmWard, DeclareAgeBand, InvitationView, WardView, WithdrawGuardianConsent,
};
use crate::features::minors::model::{Authority, check_statements, declared};
use crate::features::minors::queries;
use crate::features::privacy::service::take_back;
use crate::platform::auth::{Ctx, Standing, Subject, perm};
use crate::platform::clock::local_date;
use crate::platform::consent::{self, Decider, NoticeKind, decide, lock_account};
use crate::platform::db::{AuditActor, Page, PageQuery, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

const CODE: &str = "guardian_invitation.code";
/// About 39 bits, for a day.
const CODE_LENGTH: usize = 8;
const CODE_LASTS: TimeDelta = TimeDelta::hours(24);

/// A child that waits for a guardian, and nobody else.
fn is_waiting(account: &account::Model) -> bool {
    account.status == AccountStatus::Active
        && account.age_band == Some(AgeBand::Child)
        && account.age_review_asked_at.is_none()
        && account.guardian_consent_id.is_none()
}

pub async fn create_guardian_invitation(
    ctx: &Ctx<perm::GuardianInvite>,
) -> AppResult<InvitationView> {
    let child_id = ctx.actor.account_id;
    let code = ctx.app.ids.readable(CODE_LENGTH);
    let expires_at = ctx.now + CODE_LASTS;
    let tx = ctx.begin().await?;
    let child = lock_account(&tx, child_id).await?;
    child.filter(is_waiting).ok_or_else(|| AppError::new(ErrorCode::GuardianNotNeeded))?;
    let row = guardian_invitation::ActiveModel {
        child_id: Set(child_id),
        code_index: Set(ctx.app.blind_index.of(CODE, &code)),
        created_at: Set(ctx.now),
        expires_at: Set(expires_at),
    };
    queries::put_invitation(&tx, row).await?;
    tx.commit().await?;
    Ok(InvitationView { code, expires_at })
}

pub async fn confirm_ward(ctx: &Ctx<perm::GuardianUse>, input: ConfirmWard) -> AppResult<WardView> {
    let (app, guardian_id) = (&ctx.app, ctx.actor.account_id);
    let basic = ConsentPurpose::AccountBasic;
    app.notices.to_agree(NoticeKind::Children, &input.version, basic)?;
    check_statements(&input.statements)?;
    let said = declared(AgeBand::Child, Some(&input.turns_next_in), local_date(ctx.now))?;
    let indexes = app.blind_index.all_of(CODE, &input.code.trim().to_ascii_uppercase());
    let tx = ctx.begin().await?;
    // The guardian before the child, as everywhere.
    let guardian = lock_account(&tx, guardian_id).await?;
    let guardian = guardian.filter(|account| Standing::of(account) == Standing::Adult);
    let guardian = guardian.ok_or_else(|| AppError::new(ErrorCode::NotForChildren))?;
    if guardian.phone_cipher.is_none() {
        return Err(ErrorCode::PhoneRequired.into());
    }
    let invalid = || AppError::new(ErrorCode::InvitationInvalid);
    let child_id = queries::invited(&tx, &indexes, ctx.now).await?.ok_or_else(invalid)?;
    let child = lock_account(&tx, child_id).await?;
    if !queries::take_invitation(&tx, child_id, &indexes).await? {
        return Err(invalid());
    }
    child.filter(is_waiting).ok_or_else(|| AppError::new(ErrorCode::GuardianNotNeeded))?;
    queries::update_age_band(&tx, child_id, AgeBand::Child, said.review_on, ctx.now).await?;
    let row = guardian_consent::ActiveModel {
        id: Set(tx.new_id()),
        child_id: Set(child_id),
        guardian_id: Set(guardian_id),
        relation: Set(input.relation),
        notice_version: Set(input.version.clone()),
        statements: Set(serde_json::to_value(&input.statements).map_err(AppError::internal)?),
        channel: Set(input.channel.into()),
        request_id: Set(tx.request_id().map(str::to_owned)),
        given_at: Set(ctx.now),
        ended_at: Set(None),
        ended_because: Set(None),
    };
    let row = queries::insert_guardian_consent(&tx, row).await?;
    if !queries::set_guardian(&tx, child_id, row.id, ctx.now).await? {
        return Err(ErrorCode::GuardianNotNeeded.into());
    }
    let who = Decider {
        account_id: child_id,
        decided_by: guardian_id,
        notice_version: input.version,
        channel: input.channel.into(),
    };
    decide(&tx, &who, consent::Subject::Account, basic, ConsentDecision::Given).await?;
    tx.audit("guardian.consent", "account", child_id, None).await?;
    tx.commit().await?;
    app.principals.forget(Subject::Resident(child_id));
    Ok(row.into())
}

pub async fn list_wards(
    ctx: &Ctx<perm::GuardianUse>,
    page: PageQuery,
) -> AppResult<Page<WardView>> {
    let (cursor, limit) = page.parse()?;
    let rows = queries::ward_page(&ctx.app.db, ctx.actor.account_id, cursor, limit).await?;
    Ok(Page::build(rows, limit, |row| (row.given_at, row.id), WardView::from))
}

/// A guardian knows the age of the child: also when it was declared wrongly.
pub async fn set_ward_age_band(
    ctx: &Ctx<perm::GuardianUse>,
    id: Uuid,
    input: DeclareAgeBand,
) -> AppResult<AgeBandView> {
    let said = read(&input, ctx.now)?;
    let tx = ctx.begin().await?;
    let row = queries::own_ward(&tx, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let view = declare(&ctx.app, &tx, row.child_id, said, Authority::Guardian).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(row.child_id));
    Ok(view)
}

pub async fn withdraw_guardian_consent(
    ctx: &Ctx<perm::GuardianUse>,
    id: Uuid,
    input: WithdrawGuardianConsent,
) -> AppResult<()> {
    let tx = ctx.begin().await?;
    let row = queries::own_ward(&tx, ctx.actor.account_id, id).await?;
    let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let channel = input.channel.into();
    end_guardianship(&ctx.app, &tx, &row, GuardianEnd::Withdrawn, channel).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(row.child_id));
    Ok(())
}

/// Ends every consent of a guardian whose account is being erased.
///
/// # Errors
/// The database cannot be reached; calling again goes on.
pub async fn leave_wards(app: &App, guardian_id: Uuid) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    let wards = queries::own_wards(&tx, guardian_id).await?;
    for row in &wards {
        end_guardianship(app, &tx, row, GuardianEnd::GuardianLeft, row.channel).await?;
    }
    tx.commit().await?;
    for row in wards {
        app.principals.forget(Subject::Resident(row.child_id));
    }
    Ok(())
}

/// Ends a guardian's consent: what was agreed to for the child is taken back, what the child said
/// of itself is gone.
pub(super) async fn end_guardianship(
    app: &App,
    tx: &Tx,
    row: &guardian_consent::Model,
    because: GuardianEnd,
    channel: ConsentChannel,
) -> AppResult<()> {
    lock_account(tx, row.child_id).await?;
    if !queries::end_guardian_consent(tx, row, because, tx.now()).await? {
        return Ok(());
    }
    // Nobody decides to become 14.
    let by = if because == GuardianEnd::Age { row.child_id } else { row.guardian_id };
    take_back(app, tx, row.child_id, by, ConsentPurpose::AccountBasic, channel).await?;
    Ok(tx.audit("guardian.end", "account", row.child_id, None).await?)
}
