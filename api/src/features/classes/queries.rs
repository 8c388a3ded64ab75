use chrono::{DateTime, NaiveDate, Utc};
use entity::account;
use entity::class::{ActiveModel, ClassStatus, Column, Entity, Model};
use entity::login_session::{self, RevocationReason};
use entity::quiz_attempt::{self, AttemptStatus};
use entity::scope::Owned as _;
use entity::{attempt_answer, class_seat, notification, refresh_token};
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn open_count(conn: &impl ConnectionTrait, teacher_id: Uuid) -> Result<u64, DbErr> {
    let open = Entity::owned_by(teacher_id).filter(Column::Status.eq(ClassStatus::Open));
    open.into_select().count(conn).await
}

pub async fn own(
    conn: &impl ConnectionTrait,
    teacher_id: Uuid,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::owned_by(teacher_id).filter(Column::Id.eq(id)).one(conn).await
}

/// As [`own`], locked until the end of the transaction.
pub async fn locked_own(
    conn: &impl ConnectionTrait,
    teacher_id: Uuid,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::owned_by(teacher_id).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

/// The class of a code, locked until the end of the transaction: who joins takes turns.
pub async fn locked_by_code(
    conn: &impl ConnectionTrait,
    code_indexes: Vec<Vec<u8>>,
) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::CodeIndex.is_in(code_indexes)).lock_exclusive().one(conn).await
}

pub async fn own_page(
    conn: &impl ConnectionTrait,
    teacher_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::owned_by(teacher_id), key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn update_code(
    conn: &impl ConnectionTrait,
    id: Uuid,
    cipher: Vec<u8>,
    index: Vec<u8>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::CodeCipher, Expr::value(cipher))
        .col_expr(Column::CodeIndex, Expr::value(index))
        .col_expr(Column::CodeExpiresAt, Expr::value(expires_at))
        .filter(Column::Id.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Closes an open class and forgets its code. False when it was closed.
pub async fn close(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(ClassStatus::Closed))
        .col_expr(Column::ClosedAt, Expr::value(now))
        .col_expr(Column::CodeCipher, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::CodeIndex, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::CodeExpiresAt, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(ClassStatus::Open))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Open classes whose last day was before `today`.
pub async fn expired(
    conn: &impl ConnectionTrait,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.eq(ClassStatus::Open))
        .filter(Column::ExpiresOn.lt(today))
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

/// Every class of a teacher.
pub async fn taught(conn: &impl ConnectionTrait, teacher_id: Uuid) -> Result<Vec<Uuid>, DbErr> {
    Entity::owned_by(teacher_id)
        .into_select()
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(conn)
        .await
}

/// The taken seats of a class by number: at most sixty.
pub async fn seats(
    conn: &impl ConnectionTrait,
    class_id: Uuid,
) -> Result<Vec<class_seat::Model>, DbErr> {
    class_seat::Entity::find()
        .filter(class_seat::Column::ClassId.eq(class_id))
        .order_by_asc(class_seat::Column::Number)
        .all(conn)
        .await
}

pub async fn seat(
    conn: &impl ConnectionTrait,
    class_id: Uuid,
    number: i16,
) -> Result<Option<class_seat::Model>, DbErr> {
    class_seat::Entity::find()
        .filter(class_seat::Column::ClassId.eq(class_id))
        .filter(class_seat::Column::Number.eq(number))
        .one(conn)
        .await
}

pub async fn account(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_id(id).one(conn).await
}

pub async fn insert_seat(
    conn: &impl ConnectionTrait,
    account: account::ActiveModel,
    seat: class_seat::ActiveModel,
) -> Result<account::Model, DbErr> {
    let account = account::Entity::insert(account).exec_with_returning(conn).await?;
    class_seat::Entity::insert(seat).exec_without_returning(conn).await?;
    Ok(account)
}

pub async fn update_pin_failures(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    failures: i32,
) -> Result<(), DbErr> {
    class_seat::Entity::update_many()
        .col_expr(class_seat::Column::PinFailures, Expr::value(failures))
        .filter(class_seat::Column::AccountId.eq(account_id))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn update_pin(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    pin_index: Vec<u8>,
) -> Result<(), DbErr> {
    class_seat::Entity::update_many()
        .col_expr(class_seat::Column::PinIndex, Expr::value(pin_index))
        .col_expr(class_seat::Column::PinFailures, Expr::value(0))
        .filter(class_seat::Column::AccountId.eq(account_id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Seat number, best points and their maximum, of every seat with a finished attempt.
pub async fn results(
    conn: &impl ConnectionTrait,
    class_id: Uuid,
    quiz_id: Uuid,
) -> Result<Vec<(i16, i32, i32)>, DbErr> {
    use quiz_attempt::Column as Attempt;

    let seats = seats(conn, class_id).await?;
    let best: Vec<(Uuid, i32, i32)> = quiz_attempt::Entity::find()
        .select_only()
        .column(Attempt::AccountId)
        .column_as(Attempt::Points.max(), "points")
        .column_as(Attempt::MaxPoints.max(), "max_points")
        .filter(Attempt::QuizId.eq(quiz_id))
        .filter(Attempt::Status.ne(AttemptStatus::InProgress))
        .filter(Attempt::AccountId.is_in(seats.iter().map(|seat| seat.account_id)))
        .group_by(Attempt::AccountId)
        .into_tuple()
        .all(conn)
        .await?;
    let of = |seat: &class_seat::Model| {
        let found = best.iter().find(|(account_id, ..)| *account_id == seat.account_id)?;
        Some((seat.number, found.1, found.2))
    };
    Ok(seats.iter().filter_map(of).collect())
}

fn accounts_of(class_id: Uuid) -> SelectStatement {
    class_seat::Entity::find()
        .select_only()
        .column(class_seat::Column::AccountId)
        .filter(class_seat::Column::ClassId.eq(class_id))
        .into_query()
}

/// Ends every session of a class's seats.
pub async fn revoke_sessions(
    conn: &impl ConnectionTrait,
    class_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use login_session::{Column, Entity};

    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::RevokedBecause, Expr::value(RevocationReason::AccountClosed))
        .filter(Column::SubjectId.in_subquery(accounts_of(class_id)))
        .filter(Column::RevokedAt.is_null())
        .exec(conn)
        .await
        .map(|_| ())
}

/// Deletes a seat and everything that its account left. What another table refers to stops it: a
/// foreign key makes sure that nothing is forgotten.
pub async fn erase_seat(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<(), DbErr> {
    // Nothing that refers to the account can be written from here on.
    account::Entity::find_by_id(account_id).lock_exclusive().one(conn).await?;
    let attempts = quiz_attempt::Entity::owned_by(account_id)
        .into_select()
        .select_only()
        .column(quiz_attempt::Column::Id)
        .into_query();
    attempt_answer::Entity::delete_many()
        .filter(attempt_answer::Column::AttemptId.in_subquery(attempts))
        .exec(conn)
        .await?;
    quiz_attempt::Entity::delete_many()
        .filter(quiz_attempt::Column::AccountId.eq(account_id))
        .exec(conn)
        .await?;
    notification::Entity::delete_many()
        .filter(notification::Column::AccountId.eq(account_id))
        .exec(conn)
        .await?;
    let sessions = login_session::Entity::find()
        .select_only()
        .column(login_session::Column::Id)
        .filter(login_session::Column::SubjectId.eq(account_id))
        .into_query();
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.in_subquery(sessions))
        .exec(conn)
        .await?;
    login_session::Entity::delete_many()
        .filter(login_session::Column::SubjectId.eq(account_id))
        .exec(conn)
        .await?;
    class_seat::Entity::delete_by_id(account_id).exec(conn).await?;
    account::Entity::delete_by_id(account_id).exec(conn).await?;
    Ok(())
}
