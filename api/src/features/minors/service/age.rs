use chrono::{DateTime, Utc};
use entity::account::{self, AccountKind, AccountStatus, AgeBand};
use entity::consent::{ConsentChannel, ConsentPurpose};
use entity::guardian_consent::GuardianEnd;
use entity::notification::NotificationKind;
use serde_json::json;
use uuid::Uuid;

use super::guardian::end_guardianship;
use crate::app::App;
use crate::features::minors::dto::{AgeBandView, DeclareAgeBand};
use crate::features::minors::model::{Authority, Declared, Step, declared, step};
use crate::features::minors::queries;
use crate::features::notifications::service::notify;
use crate::features::privacy::service::take_back;
use crate::platform::auth::{Ctx, Standing, Subject, perm};
use crate::platform::clock::local_date;
use crate::platform::consent::lock_account;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// How many are asked in one go of the job.
const BATCH: u64 = 200;

pub async fn declare_age_band(
    ctx: &Ctx<perm::AgeDeclare>,
    input: DeclareAgeBand,
) -> AppResult<AgeBandView> {
    let said = read(&input, ctx.now)?;
    let tx = ctx.begin().await?;
    let view = declare(&ctx.app, &tx, ctx.actor.account_id, said, Authority::Owner).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(view.account_id));
    Ok(view)
}

/// Corrects an age band after a look at a document.
pub async fn set_account_age_band(
    ctx: &Ctx<perm::AgeDecide>,
    account_id: Uuid,
    input: DeclareAgeBand,
) -> AppResult<AgeBandView> {
    let said = read(&input, ctx.now)?;
    let tx = ctx.begin().await?;
    let view = declare(&ctx.app, &tx, account_id, said, Authority::Staff).await?;
    tx.commit().await?;
    ctx.app.principals.forget(Subject::Resident(account_id));
    Ok(view)
}

pub(super) fn read(input: &DeclareAgeBand, now: DateTime<Utc>) -> AppResult<Declared> {
    declared(input.band, input.turns_next_in.as_deref(), local_date(now))
}

/// Changes the band of an account, with all that a band carries.
pub(super) async fn declare(
    app: &App,
    tx: &Tx,
    account_id: Uuid,
    said: Declared,
    by: Authority,
) -> AppResult<AgeBandView> {
    let not_found = || AppError::new(ErrorCode::NotFound);
    let is_alive = |account: &account::Model| {
        account.kind == AccountKind::Person && account.status == AccountStatus::Active
    };
    let account = lock_account(tx, account_id).await?.filter(is_alive).ok_or_else(not_found)?;
    let is_due = account.age_review_asked_at.is_some();
    if step(account.age_band, said.band, by, is_due)? == Step::Change {
        queries::update_age_band(tx, account_id, said.band, said.review_on, tx.now()).await?;
        let details = match by {
            Authority::Owner => json!({ "by": "owner" }),
            Authority::Guardian => json!({ "by": "guardian" }),
            Authority::Staff => json!({ "by": "staff" }),
        };
        tx.audit("account.set_age_band", "account", account_id, Some(details)).await?;
        follow(app, tx, &account, said.band).await?;
    }
    let account = lock_account(tx, account_id).await?.ok_or_else(not_found)?;
    Ok(AgeBandView {
        account_id,
        band: account.age_band,
        standing: Standing::of(&account),
        is_age_review_due: account.age_review_asked_at.is_some(),
    })
}

/// What somebody leaves behind who is in another band from now on.
async fn follow(app: &App, tx: &Tx, was: &account::Model, band: AgeBand) -> AppResult<()> {
    if band != AgeBand::Child {
        end_own_ward_state(app, tx, was).await?;
    } else if was.age_band != Some(AgeBand::Child) {
        // What a child agreed to alone was never agreed to.
        let channel = ConsentChannel::MiniProgram;
        take_back(app, tx, was.id, was.id, ConsentPurpose::AccountBasic, channel).await?;
    }
    if band != AgeBand::Adult {
        for row in queries::own_wards(tx, was.id).await? {
            end_guardianship(app, tx, &row, GuardianEnd::GuardianLeft, row.channel).await?;
            app.principals.forget(Subject::Resident(row.child_id));
        }
    }
    Ok(())
}

/// From 14 on it is one's own consent that counts; the guardian's lapses.
async fn end_own_ward_state(app: &App, tx: &Tx, was: &account::Model) -> AppResult<()> {
    let Some(id) = was.guardian_consent_id else { return Ok(()) };
    let row = queries::guardian_consent(tx, id).await?;
    let row = row.ok_or_else(|| AppError::internal("a guardian's consent is gone"))?;
    end_guardianship(app, tx, &row, GuardianEnd::Age, row.channel).await
}

/// Asks everybody anew whose month is over, and drops invitations that nobody redeemed.
pub async fn review_ages(app: &App) -> AppResult<()> {
    let today = local_date(app.clock.now());
    loop {
        let due = queries::due_for_review(&app.db, today, BATCH).await?;
        if due.is_empty() {
            break;
        }
        for account_id in due {
            ask_anew(app, account_id).await?;
        }
    }
    let tx = app.begin(AuditActor::System).await?;
    queries::prune_invitations(&tx, tx.now()).await?;
    Ok(tx.commit().await?)
}

async fn ask_anew(app: &App, account_id: Uuid) -> AppResult<()> {
    let mut tx = app.begin(AuditActor::System).await?;
    let Some(account) = lock_account(&tx, account_id).await? else { return Ok(()) };
    if !queries::mark_asked(&tx, account_id, local_date(tx.now()), tx.now()).await? {
        return Ok(());
    }
    end_own_ward_state(app, &tx, &account).await?;
    notify(app, &mut tx, account_id, NotificationKind::AgeReviewDue, account_id).await?;
    tx.audit("account.ask_age", "account", account_id, None).await?;
    tx.commit().await?;
    app.principals.forget(Subject::Resident(account_id));
    Ok(())
}
