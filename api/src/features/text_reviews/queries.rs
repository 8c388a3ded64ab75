use chrono::{DateTime, Utc};
use entity::scope::Regional as _;
use entity::text_review::{
    ActiveModel, Column, Entity, Model, RejectionGround, ReviewReason, ReviewStatus, TextKind,
};
use entity::{complaint, login_session, question, wechat_identity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Select,
};
use uuid::Uuid;

use super::model::Finding;
use crate::platform::auth::RegionScope;
use crate::platform::crypto::{CipherColumn, column};
use crate::platform::db::{Cursor, Direction, page_of};

/// A text as its own table keeps it.
pub enum StoredText {
    Clear(String),
    Sealed(CipherColumn, Vec<u8>),
}

/// The text as it stands in its own table now; none when its row is gone.
pub async fn text(
    conn: &impl ConnectionTrait,
    kind: TextKind,
    subject_id: Uuid,
) -> Result<Option<StoredText>, DbErr> {
    let (column, field) = match kind {
        TextKind::ComplaintFacts => {
            let facts: Option<String> = complaint::Entity::find_by_id(subject_id)
                .select_only()
                .column(complaint::Column::Facts)
                .into_tuple()
                .one(conn)
                .await?;
            return Ok(facts.map(StoredText::Clear));
        }
        TextKind::QuestionContent => (question::Column::ContentCipher, column::QUESTION_CONTENT),
        TextKind::QuestionFollowUp => {
            (question::Column::FollowUpCipher, column::QUESTION_FOLLOW_UP)
        }
    };
    let sealed: Option<Option<Vec<u8>>> = question::Entity::find_by_id(subject_id)
        .select_only()
        .column(column)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(sealed.flatten().map(|sealed| StoredText::Sealed(field, sealed)))
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Begins a review anew, whatever was found out about the text before.
pub async fn replace(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::update(row).exec(conn).await.map(|_| ())
}

fn about(kind: TextKind, subject_id: Uuid) -> Select<Entity> {
    Entity::find().filter(Column::Kind.eq(kind)).filter(Column::SubjectId.eq(subject_id))
}

pub async fn of_subject(
    conn: &impl ConnectionTrait,
    kind: TextKind,
    subject_id: Uuid,
) -> Result<Option<Model>, DbErr> {
    about(kind, subject_id).one(conn).await
}

/// As [`of_subject`], locked until the end of the transaction.
pub async fn locked_of_subject(
    conn: &impl ConnectionTrait,
    kind: TextKind,
    subject_id: Uuid,
) -> Result<Option<Model>, DbErr> {
    about(kind, subject_id).lock_exclusive().one(conn).await
}

pub async fn pending(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).filter(Column::Status.eq(ReviewStatus::Pending)).one(conn).await
}

/// When an account was last heard of in one app.
pub async fn last_seen(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    appid: &str,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let login: Option<DateTime<Utc>> = wechat_identity::Entity::of(account_id, appid)
        .select_only()
        .column(wechat_identity::Column::LastLoginAt)
        .into_tuple()
        .one(conn)
        .await?;
    let refresh: Option<Option<DateTime<Utc>>> = login_session::Entity::find()
        .select_only()
        .column_as(login_session::Column::LastRefreshedAt.max(), "at")
        .filter(login_session::Column::SubjectId.eq(account_id))
        .into_tuple()
        .one(conn)
        .await?;
    Ok(Ord::max(login, refresh.flatten()))
}

/// Records what was found out about exactly this text, while nothing is known yet.
pub async fn settle(
    conn: &impl ConnectionTrait,
    review: &Model,
    finding: &Finding,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(finding.status))
        .col_expr(Column::Reason, Expr::value(finding.reason))
        .col_expr(Column::Label, Expr::value(finding.label))
        .col_expr(Column::TraceId, Expr::value(finding.trace_id.clone()))
        .col_expr(Column::QueuedAt, Expr::value(finding.waits().then_some(now)))
        .filter(Column::Id.eq(review.id))
        .filter(Column::Revision.eq(review.revision))
        .filter(Column::Status.eq(ReviewStatus::Pending))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Puts what was submitted before `submitted` and is still pending into the queue.
pub async fn queue_overdue(
    conn: &impl ConnectionTrait,
    submitted: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(ReviewStatus::NeedsHuman))
        .col_expr(Column::Reason, Expr::value(ReviewReason::Overdue))
        .col_expr(Column::QueuedAt, Expr::value(now))
        .filter(Column::Status.eq(ReviewStatus::Pending))
        .filter(Column::SubmittedAt.lt(submitted))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

/// What waits for a person, longest first.
pub async fn queue_page(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let waiting = Entity::within(scope).filter(Column::QueuedAt.is_not_null());
    page_of(waiting, (Column::QueuedAt, Column::Id), Direction::Ascending, cursor, limit)
        .all(conn)
        .await
}

pub async fn in_scope(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::within(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// Who looks at which text until when.
pub struct Claim {
    pub reviewer: Uuid,
    /// Of the text that they are shown: the review is about it from now on.
    pub digest_cipher: Vec<u8>,
    pub until: DateTime<Utc>,
}

/// Lends a waiting text to one reviewer, unless another has it or another text took its place.
pub async fn claim(
    conn: &impl ConnectionTrait,
    review: &Model,
    claim: Claim,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let is_free = Column::ClaimedUntil
        .is_null()
        .or(Column::ClaimedUntil.lte(now))
        .or(Column::ClaimedBy.eq(claim.reviewer));
    let done = Entity::update_many()
        .col_expr(Column::ClaimedBy, Expr::value(claim.reviewer))
        .col_expr(Column::ClaimedUntil, Expr::value(claim.until))
        .col_expr(Column::DigestCipher, Expr::value(claim.digest_cipher))
        .filter(Column::Id.eq(review.id))
        .filter(Column::Revision.eq(review.revision))
        .filter(Column::QueuedAt.is_not_null())
        .filter(is_free)
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// What a reviewer decides.
pub struct Decision {
    pub status: ReviewStatus,
    pub ground: Option<RejectionGround>,
    pub reviewer: Uuid,
}

/// Records the decision of whoever has claimed the text. False when they have not, or not any more.
pub async fn decide(
    conn: &impl ConnectionTrait,
    id: Uuid,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(decision.status))
        .col_expr(Column::Ground, Expr::value(decision.ground))
        .col_expr(Column::DecidedBy, Expr::value(decision.reviewer))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .col_expr(Column::QueuedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::ClaimedBy, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::ClaimedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Id.eq(id))
        .filter(Column::QueuedAt.is_not_null())
        .filter(Column::ClaimedBy.eq(decision.reviewer))
        .filter(Column::ClaimedUntil.gt(now))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends a review whose text is gone.
pub async fn delete(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(conn).await.map(|_| ())
}
