//! Guesses, counted by the name they are made at, whether somebody has it or not.

use chrono::{DateTime, Utc};
use entity::staff_member;
use entity::staff_unknown_login as unknown;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, Set};

use super::super::model::Name;

/// Takes one of the attempts that are left. False when the name is locked or none is left.
pub async fn take_attempt(
    conn: &impl ConnectionTrait,
    name: &Name,
    most: i32,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    match name {
        Name::Known(id) => {
            use staff_member::{Column, Entity};
            let done = Entity::update_many()
                .col_expr(Column::FailedLogins, Expr::col(Column::FailedLogins).add(1))
                .col_expr(Column::LastFailedAt, Expr::value(now))
                .filter(Column::Id.eq(*id))
                .filter(Column::FailedLogins.lt(most))
                .filter(Column::LockedUntil.is_null().or(Column::LockedUntil.lte(now)))
                .exec(conn)
                .await?;
            Ok(done.rows_affected == 1)
        }
        Name::Unknown(index) => {
            use unknown::{ActiveModel, Column, Entity};
            let row = ActiveModel {
                name_index: Set(index.clone()),
                failed_logins: Set(1),
                locked_until: Set(None),
                updated_at: Set(now),
            };
            let failed = Expr::col(Column::FailedLogins.as_column_ref());
            let once_more = OnConflict::column(Column::NameIndex)
                .value(Column::FailedLogins, failed.add(1))
                .value(Column::UpdatedAt, now)
                .action_and_where(Column::FailedLogins.lt(most))
                .action_and_where(Column::LockedUntil.is_null().or(Column::LockedUntil.lte(now)))
                .to_owned();
            let done =
                Entity::insert(row).on_conflict(once_more).exec_without_returning(conn).await?;
            Ok(done == 1)
        }
    }
}

/// Gives an attempt back that was none.
pub async fn return_attempt(conn: &impl ConnectionTrait, id: uuid::Uuid) -> Result<(), DbErr> {
    use staff_member::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::FailedLogins, Expr::col(Column::FailedLogins).sub(1))
        .filter(Column::Id.eq(id))
        .filter(Column::FailedLogins.gt(0))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Locks the name if its attempts are used up.
pub async fn lock_if_exhausted(
    conn: &impl ConnectionTrait,
    name: &Name,
    most: i32,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = match name {
        Name::Known(id) => {
            use staff_member::{Column, Entity};
            Entity::update_many()
                .col_expr(Column::FailedLogins, Expr::value(0))
                .col_expr(Column::LockedUntil, Expr::value(until))
                .filter(Column::Id.eq(*id))
                .filter(Column::FailedLogins.gte(most))
                .exec(conn)
                .await?
        }
        Name::Unknown(index) => {
            use unknown::{Column, Entity};
            Entity::update_many()
                .col_expr(Column::FailedLogins, Expr::value(0))
                .col_expr(Column::LockedUntil, Expr::value(until))
                .filter(Column::NameIndex.eq(index.clone()))
                .filter(Column::FailedLogins.gte(most))
                .exec(conn)
                .await?
        }
    };
    Ok(done.rows_affected == 1)
}

pub async fn locked_until(
    conn: &impl ConnectionTrait,
    name: &Name,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    match name {
        Name::Known(id) => {
            let member = staff_member::Entity::find_by_id(*id).one(conn).await?;
            Ok(member.and_then(|member| member.locked_until))
        }
        Name::Unknown(index) => {
            let row = unknown::Entity::find_by_id(index.clone()).one(conn).await?;
            Ok(row.and_then(|row| row.locked_until))
        }
    }
}

/// Forgets guesses after which nothing was tried since `before`, at every name alike: a count that
/// lasted longer for some would tell which names exist.
pub async fn forget_attempts(
    conn: &impl ConnectionTrait,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use unknown::{Column, Entity};
    Entity::delete_many()
        .filter(Column::UpdatedAt.lt(before))
        .filter(Column::LockedUntil.is_null().or(Column::LockedUntil.lte(now)))
        .exec(conn)
        .await?;
    staff_member::Entity::update_many()
        .col_expr(staff_member::Column::FailedLogins, Expr::value(0))
        .filter(staff_member::Column::FailedLogins.ne(0))
        .filter(staff_member::Column::LastFailedAt.lt(before))
        .exec(conn)
        .await
        .map(|_| ())
}
