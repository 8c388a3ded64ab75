use chrono::{DateTime, Utc};
use entity::lab::{ActiveModel, Column, Entity, LabStatus, Model};
use entity::lab_capability::{self, ProductClass};
use entity::lab_service;
use entity::scope::OfLab as _;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use serde_json::Value;
use uuid::Uuid;

use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};

/// The columns that a lab edits itself.
#[derive(Clone, Debug)]
pub struct Profile {
    pub address: String,
    pub phone: String,
    pub email: Option<String>,
    pub contact_title: Option<String>,
    pub introduction: String,
    pub opening_hours: Option<Value>,
    pub latitude_e6: Option<i32>,
    pub longitude_e6: Option<i32>,
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

pub async fn in_scope(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::of_labs(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// As [`in_scope`], locked until the end of the transaction: who changes what a lab has waits here.
pub async fn locked_in_scope(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::of_labs(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

pub async fn scope_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::of_labs(scope), key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

fn changed(id: Uuid, now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
}

pub async fn set_status(
    conn: &impl ConnectionTrait,
    id: Uuid,
    status: LabStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = changed(id, now).col_expr(Column::Status, Expr::value(status)).exec(conn).await?;
    Ok(done.rows_affected == 1)
}

/// Changes exactly the version that was read. False when somebody else changed it meanwhile.
pub async fn replace_profile(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    profile: Profile,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = changed(id, now)
        .col_expr(Column::Address, Expr::value(profile.address))
        .col_expr(Column::Phone, Expr::value(profile.phone))
        .col_expr(Column::Email, Expr::value(profile.email))
        .col_expr(Column::ContactTitle, Expr::value(profile.contact_title))
        .col_expr(Column::Introduction, Expr::value(profile.introduction))
        .col_expr(Column::OpeningHours, Expr::value(profile.opening_hours))
        .col_expr(Column::LatitudeE6, Expr::value(profile.latitude_e6))
        .col_expr(Column::LongitudeE6, Expr::value(profile.longitude_e6))
        .filter(Column::Version.eq(version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Raises exactly the version that was read. False when somebody else changed it meanwhile.
pub async fn touch(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = changed(id, now).filter(Column::Version.eq(version)).exec(conn).await?;
    Ok(done.rows_affected == 1)
}

pub async fn capabilities(
    conn: &impl ConnectionTrait,
    lab_id: Uuid,
) -> Result<Vec<lab_capability::Model>, DbErr> {
    use lab_capability::Column;

    lab_capability::Entity::find()
        .filter(Column::LabId.eq(lab_id))
        .order_by_asc(Column::ServiceKind)
        .order_by_asc(Column::ProductClass)
        .order_by_asc(Column::Standard)
        .all(conn)
        .await
}

/// The most days that the lab of a service needs for products of a class.
pub async fn days_needed(
    conn: &impl ConnectionTrait,
    service_id: Uuid,
    class: ProductClass,
) -> Result<Option<i32>, DbErr> {
    use lab_capability::Column;

    let of_lab = Expr::col((lab_service::Entity, lab_service::Column::LabId))
        .equals((lab_capability::Entity, Column::LabId));
    let of_kind = Expr::col((lab_service::Entity, lab_service::Column::Kind))
        .equals((lab_capability::Entity, Column::ServiceKind));
    let service = Query::select()
        .expr(Expr::value(1))
        .from(lab_service::Entity)
        .and_where(lab_service::Column::Id.eq(service_id))
        .and_where(of_lab)
        .and_where(of_kind)
        .take();
    lab_capability::Entity::find()
        .select_only()
        .column_as(Column::DaysNeeded.max(), "days_needed")
        .filter(Column::ProductClass.eq(class))
        .filter(Expr::exists(service))
        .into_tuple::<Option<i32>>()
        .one(conn)
        .await
        .map(Option::flatten)
}

/// Puts `rows` in the place of all capabilities of a lab, which the caller has locked.
pub async fn replace_capabilities(
    conn: &impl ConnectionTrait,
    lab_id: Uuid,
    rows: Vec<lab_capability::ActiveModel>,
) -> Result<(), DbErr> {
    lab_capability::Entity::delete_many()
        .filter(lab_capability::Column::LabId.eq(lab_id))
        .exec(conn)
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    lab_capability::Entity::insert_many(rows).exec_without_returning(conn).await.map(|_| ())
}
