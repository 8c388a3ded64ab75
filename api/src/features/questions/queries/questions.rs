use chrono::{DateTime, NaiveDate, Utc};
use entity::lab;
use entity::lab_capability::ProductClass;
use entity::question::{ActiveModel, Column, Entity, Model, QuestionStatus};
use entity::scope::{AtPlace as _, Owned as _};
use entity::staff_member::{self, StaffStatus};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::platform::auth::PlaceScope;
use crate::platform::db::{Cursor, Direction, page_of};

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn own(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::owned_by(account_id).filter(Column::Id.eq(id)).one(conn).await
}

pub async fn own_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    status: Option<QuestionStatus>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::owned_by(account_id);
    if let Some(status) = status {
        rows = rows.filter(Column::Status.eq(status));
    }
    let key = (Column::AskedAt, Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn in_scope(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::at_places(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// As [`in_scope`], locked until the end of the transaction.
pub async fn locked_in_scope(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::at_places(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

/// Locks a question until the end of the transaction. It may be gone.
pub async fn lock(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::find_by_id(id).lock_exclusive().one(conn).await.map(|_| ())
}

/// What a list of staff is narrowed to.
#[derive(Debug)]
pub struct Search {
    pub status: Option<QuestionStatus>,
    pub product_class: Option<ProductClass>,
    pub region: Option<String>,
    /// Still to be answered, and due before this day.
    pub due_before: Option<NaiveDate>,
    pub assignee_id: Option<Uuid>,
}

/// Who waits longest stands first.
pub async fn staff_page(
    conn: &impl ConnectionTrait,
    scope: &PlaceScope,
    search: Search,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::at_places(scope);
    if let Some(status) = search.status {
        rows = rows.filter(Column::Status.eq(status));
    }
    if let Some(class) = search.product_class {
        rows = rows.filter(Column::ProductClass.eq(class));
    }
    if let Some(region) = search.region {
        rows = rows.filter(Column::RegionCode.starts_with(region));
    }
    if let Some(day) = search.due_before {
        let open = [QuestionStatus::Asked, QuestionStatus::Triaged];
        rows = rows.filter(Column::Status.is_in(open)).filter(Column::DueOn.lt(day));
    }
    if let Some(id) = search.assignee_id {
        rows = rows.filter(Column::AssigneeId.eq(id));
    }
    let key = (Column::AskedAt, Column::Id);
    page_of(rows, key, Direction::Ascending, cursor, limit).all(conn).await
}

/// Changes exactly the question that was read. False when it changed meanwhile.
pub async fn change(
    conn: &impl ConnectionTrait,
    before: &Model,
    changes: ActiveModel,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .set(changes)
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(before.id))
        .filter(Column::Status.eq(before.status))
        .filter(Column::Version.eq(before.version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives a triaged question that nobody has to an expert. False when somebody has it.
pub async fn claim(
    conn: &impl ConnectionTrait,
    id: Uuid,
    expert: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::AssigneeId, Expr::value(expert))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(QuestionStatus::Triaged))
        .filter(Column::AssigneeId.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn is_lab(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    Ok(lab::Entity::find_by_id(id).one(conn).await?.is_some())
}

pub async fn is_active_staff(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let active = staff_member::Entity::find_by_id(id)
        .filter(staff_member::Column::Status.eq(StaffStatus::Active));
    Ok(active.one(conn).await?.is_some())
}
