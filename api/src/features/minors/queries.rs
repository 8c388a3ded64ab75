use chrono::{DateTime, NaiveDate, Utc};
use entity::account::{self, AccountStatus, AgeBand};
use entity::guardian_consent::{self, GuardianEnd};
use entity::guardian_invitation;
use entity::scope::Owned as _;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

fn change(id: Uuid, now: DateTime<Utc>) -> UpdateMany<account::Entity> {
    account::Entity::update_many()
        .col_expr(account::Column::UpdatedAt, Expr::value(now))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(id))
}

/// Writes a band; whatever was asked is answered by it.
pub async fn update_age_band(
    conn: &impl ConnectionTrait,
    id: Uuid,
    band: AgeBand,
    review_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    change(id, now)
        .col_expr(account::Column::AgeBand, Expr::value(band))
        .col_expr(account::Column::AgeReviewOn, Expr::value(review_on))
        .col_expr(account::Column::AgeReviewAskedAt, Expr::value(None::<DateTime<Utc>>))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Accounts whose month is over and who were not asked yet.
pub async fn due_for_review(
    conn: &impl ConnectionTrait,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .filter(account::Column::AgeReviewOn.lte(today))
        .filter(account::Column::AgeReviewAskedAt.is_null())
        .order_by_asc(account::Column::AgeReviewOn)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

/// Notes that an account was asked. False when it was, or has answered meanwhile.
pub async fn mark_asked(
    conn: &impl ConnectionTrait,
    id: Uuid,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = change(id, now)
        .col_expr(account::Column::AgeReviewAskedAt, Expr::value(now))
        .filter(account::Column::AgeReviewOn.lte(today))
        .filter(account::Column::AgeReviewAskedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Replaces the open invitation of a child.
pub async fn put_invitation(
    conn: &impl ConnectionTrait,
    row: guardian_invitation::ActiveModel,
) -> Result<(), DbErr> {
    use guardian_invitation::Column;

    let newest = OnConflict::column(Column::ChildId)
        .update_columns([Column::CodeIndex, Column::CreatedAt, Column::ExpiresAt])
        .to_owned();
    guardian_invitation::Entity::insert(row)
        .on_conflict(newest)
        .exec_without_returning(conn)
        .await
        .map(|_| ())
}

/// The child that a code names.
pub async fn invited(
    conn: &impl ConnectionTrait,
    code_indexes: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, DbErr> {
    let found = guardian_invitation::Entity::find()
        .filter(guardian_invitation::Column::CodeIndex.is_in(code_indexes.iter().cloned()))
        .filter(guardian_invitation::Column::ExpiresAt.gt(now))
        .one(conn)
        .await?;
    Ok(found.map(|row| row.child_id))
}

/// Takes an invitation away. False when another one did, or another one is open.
pub async fn take_invitation(
    conn: &impl ConnectionTrait,
    child_id: Uuid,
    code_indexes: &[Vec<u8>],
) -> Result<bool, DbErr> {
    let taken = guardian_invitation::Entity::delete_many()
        .filter(guardian_invitation::Column::ChildId.eq(child_id))
        .filter(guardian_invitation::Column::CodeIndex.is_in(code_indexes.iter().cloned()))
        .exec(conn)
        .await?;
    Ok(taken.rows_affected == 1)
}

pub async fn prune_invitations(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let done = guardian_invitation::Entity::delete_many()
        .filter(guardian_invitation::Column::ExpiresAt.lte(now))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

pub async fn insert_guardian_consent(
    conn: &impl ConnectionTrait,
    row: guardian_consent::ActiveModel,
) -> Result<guardian_consent::Model, DbErr> {
    guardian_consent::Entity::insert(row).exec_with_returning(conn).await
}

/// Puts a child under a guardian's consent. False when there is one already.
pub async fn set_guardian(
    conn: &impl ConnectionTrait,
    child_id: Uuid,
    consent_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = change(child_id, now)
        .col_expr(account::Column::GuardianConsentId, Expr::value(consent_id))
        .filter(account::Column::GuardianConsentId.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends a consent and frees the child. False when it had ended.
pub async fn end_guardian_consent(
    conn: &impl ConnectionTrait,
    row: &guardian_consent::Model,
    because: GuardianEnd,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use guardian_consent::{Column, Entity};

    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::EndedBecause, Expr::value(because))
        .filter(Column::Id.eq(row.id))
        .filter(Column::EndedAt.is_null())
        .exec(conn)
        .await?;
    change(row.child_id, now)
        .col_expr(account::Column::GuardianConsentId, Expr::value(None::<Uuid>))
        .filter(account::Column::GuardianConsentId.eq(row.id))
        .exec(conn)
        .await?;
    Ok(ended.rows_affected == 1)
}

pub async fn guardian_consent(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<guardian_consent::Model>, DbErr> {
    guardian_consent::Entity::find_by_id(id).one(conn).await
}

/// A consent of one's own that is in force.
pub async fn own_ward(
    conn: &impl ConnectionTrait,
    guardian_id: Uuid,
    id: Uuid,
) -> Result<Option<guardian_consent::Model>, DbErr> {
    guardian_consent::Entity::owned_by(guardian_id)
        .filter(guardian_consent::Column::Id.eq(id))
        .filter(guardian_consent::Column::EndedAt.is_null())
        .one(conn)
        .await
}

pub async fn own_wards(
    conn: &impl ConnectionTrait,
    guardian_id: Uuid,
) -> Result<Vec<guardian_consent::Model>, DbErr> {
    guardian_consent::Entity::owned_by(guardian_id)
        .filter(guardian_consent::Column::EndedAt.is_null())
        .into_select()
        .order_by_asc(guardian_consent::Column::ChildId)
        .all(conn)
        .await
}

pub async fn ward_page(
    conn: &impl ConnectionTrait,
    guardian_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<guardian_consent::Model>, DbErr> {
    use guardian_consent::Column;

    let own = guardian_consent::Entity::owned_by(guardian_id).filter(Column::EndedAt.is_null());
    let key = (Column::GivenAt, Column::Id);
    page_of(own, key, Direction::Descending, cursor, limit).all(conn).await
}
