use entity::account;
use entity::consent::{
    ActiveModel, Column, ConsentChannel, ConsentDecision, ConsentPurpose, ConsentSubject, Entity,
    Model,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, LockType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use super::NoticeKind;
use crate::app::App;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ConsentNeeded, ErrorCode};

/// What a consent is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Account,
    Complaint(Uuid),
}

/// Who decides about whose data, having read what, and where.
#[derive(Clone, Debug)]
pub struct Decider {
    pub account_id: Uuid,
    /// Oneself, or the guardian.
    pub decided_by: Uuid,
    pub notice_version: String,
    pub channel: ConsentChannel,
}

/// The account, locked until the end of the transaction. Rows that refer to it may be written
/// meanwhile.
///
/// # Errors
/// The database cannot be read.
pub async fn lock_account(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_id(account_id).lock(LockType::NoKeyUpdate).one(conn).await
}

/// Writes a decision into the ledger, unless it is the one that stands there.
///
/// # Errors
/// The row cannot be written.
pub async fn decide(
    tx: &Tx,
    who: &Decider,
    subject: Subject,
    purpose: ConsentPurpose,
    decision: ConsentDecision,
) -> AppResult<()> {
    lock_account(tx, who.account_id).await?;
    let (subject_kind, subject_id) = match subject {
        Subject::Account => (ConsentSubject::Account, who.account_id),
        Subject::Complaint(id) => (ConsentSubject::Complaint, id),
    };
    let last = last(tx, subject_id, purpose).await?;
    let is_known = |last: &Model| {
        last.decision == decision
            && (decision == ConsentDecision::Withdrawn || last.notice_version == who.notice_version)
    };
    if last.as_ref().is_some_and(is_known) {
        return Ok(());
    }
    // What is taken back is what was given, whatever text is shown today.
    let given = last.as_ref().filter(|_| decision == ConsentDecision::Withdrawn);
    let notice_version = given.map_or(&who.notice_version, |last| &last.notice_version).clone();
    let row = ActiveModel {
        id: Set(tx.new_id()),
        account_id: Set(who.account_id),
        subject_kind: Set(subject_kind),
        subject_id: Set(subject_id),
        purpose: Set(purpose),
        seq: Set(last.map_or(1, |last| last.seq + 1)),
        decision: Set(decision),
        notice_version: Set(notice_version),
        channel: Set(who.channel),
        decided_by: Set(who.decided_by),
        request_id: Set(tx.request_id().map(str::to_owned)),
        at: Set(tx.now()),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The one guard: whoever takes personal data for `purpose` asks here first, inside the
/// transaction that stores them. Returns the consent to the purpose.
///
/// # Errors
/// `consent_required`, naming purpose and version.
pub async fn require_consent(
    app: &App,
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    purpose: ConsentPurpose,
) -> AppResult<Model> {
    lock_account(conn, account_id).await?;
    // Who took back the basis has taken back what stands on it.
    in_force(app, conn, account_id, ConsentPurpose::AccountBasic).await?;
    in_force(app, conn, account_id, purpose).await
}

async fn in_force(
    app: &App,
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    purpose: ConsentPurpose,
) -> AppResult<Model> {
    let holds = |row: &Model| {
        row.decision == ConsentDecision::Given && app.notices.covers(&row.notice_version, purpose)
    };
    if let Some(row) = last(conn, account_id, purpose).await?.filter(holds) {
        return Ok(row);
    }
    let version = app.notices.current(NoticeKind::General)?.version.clone();
    Err(AppError::new(ErrorCode::ConsentRequired).needing(ConsentNeeded { purpose, version }))
}

/// Whether somebody explicitly does not want `purpose`, for what needs no consent of its own.
///
/// # Errors
/// The database cannot be read.
pub async fn is_withdrawn(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    purpose: ConsentPurpose,
) -> Result<bool, DbErr> {
    let last = last(conn, account_id, purpose).await?;
    Ok(last.is_some_and(|row| row.decision == ConsentDecision::Withdrawn))
}

async fn last(
    conn: &impl ConnectionTrait,
    subject_id: Uuid,
    purpose: ConsentPurpose,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::SubjectId.eq(subject_id))
        .filter(Column::Purpose.eq(purpose))
        .order_by_desc(Column::Seq)
        .one(conn)
        .await
}

/// The last decision on each purpose of a subject: at most one row a purpose.
///
/// # Errors
/// The database cannot be read.
pub async fn last_decisions(
    conn: &impl ConnectionTrait,
    subject_id: Uuid,
) -> Result<Vec<Model>, DbErr> {
    let later = Alias::new("later");
    let its = |column: Column| Expr::col((later.clone(), column));
    let a_later_one = Query::select()
        .column((later.clone(), Column::Id))
        .from_as(Entity, later.clone())
        .and_where(its(Column::SubjectId).equals((Entity, Column::SubjectId)))
        .and_where(its(Column::Purpose).equals((Entity, Column::Purpose)))
        .and_where(its(Column::Seq).gt(Expr::col((Entity, Column::Seq))))
        .take();
    Entity::find()
        .filter(Column::SubjectId.eq(subject_id))
        .filter(Expr::exists(a_later_one).not())
        .all(conn)
        .await
}
