use chrono::{DateTime, Utc};
use entity::role::{self, Column, Duty, Entity, Model};
use entity::scope::Common as _;
use entity::staff_member::{self, StaffStatus};
use entity::{role_permission, staff_grant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::common(), key, Direction::Ascending, cursor, limit).all(conn).await
}

pub async fn by_id(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(conn).await
}

pub async fn by_code(conn: &impl ConnectionTrait, code: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Code.eq(code)).one(conn).await
}

/// (role, permission), in order.
pub async fn permissions_of(
    conn: &impl ConnectionTrait,
    roles: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<role_permission::Model>, DbErr> {
    role_permission::Entity::find()
        .filter(role_permission::Column::RoleId.is_in(roles))
        .order_by_asc(role_permission::Column::RoleId)
        .order_by_asc(role_permission::Column::Permission)
        .all(conn)
        .await
}

pub async fn insert(conn: &impl ConnectionTrait, row: role::ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Renames a role that is still at `version`. False when it is not.
pub async fn rename(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Name, Expr::value(name))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

pub async fn replace_permissions(
    conn: &impl ConnectionTrait,
    role_id: Uuid,
    names: &[String],
) -> Result<(), DbErr> {
    role_permission::Entity::delete_many()
        .filter(role_permission::Column::RoleId.eq(role_id))
        .exec(conn)
        .await?;
    let rows = names.iter().map(|name| role_permission::ActiveModel {
        role_id: sea_orm::Set(role_id),
        permission: sea_orm::Set(name.clone()),
    });
    if names.is_empty() {
        return Ok(());
    }
    role_permission::Entity::insert_many(rows).exec_without_returning(conn).await.map(|_| ())
}

pub async fn delete(conn: &impl ConnectionTrait, role_id: Uuid) -> Result<(), DbErr> {
    replace_permissions(conn, role_id, &[]).await?;
    Entity::delete_by_id(role_id).exec(conn).await.map(|_| ())
}

pub async fn is_granted(conn: &impl ConnectionTrait, role_id: Uuid) -> Result<bool, DbErr> {
    let any = staff_grant::Entity::find().filter(staff_grant::Column::RoleId.eq(role_id));
    Ok(any.one(conn).await?.is_some())
}

/// Locks a member of staff, so that their grants change one at a time.
pub async fn locked_member(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<staff_member::Model>, DbErr> {
    staff_member::Entity::find_by_id(id).lock_exclusive().one(conn).await
}

/// The duties of the roles somebody holds.
pub async fn duties_of(conn: &impl ConnectionTrait, staff_id: Uuid) -> Result<Vec<Duty>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Duty)
        .join(JoinType::InnerJoin, granted())
        .filter(staff_grant::Column::StaffId.eq(staff_id))
        .into_tuple()
        .all(conn)
        .await
}

pub async fn insert_grant(
    conn: &impl ConnectionTrait,
    row: staff_grant::ActiveModel,
) -> Result<(), DbErr> {
    staff_grant::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// The role of a grant of this member.
pub async fn role_of_grant(
    conn: &impl ConnectionTrait,
    staff_id: Uuid,
    grant_id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .join(JoinType::InnerJoin, granted())
        .filter(staff_grant::Column::Id.eq(grant_id))
        .filter(staff_grant::Column::StaffId.eq(staff_id))
        .one(conn)
        .await
}

pub async fn delete_grant(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    staff_grant::Entity::delete_by_id(id).exec(conn).await.map(|_| ())
}

/// Locks the role rows of a duty: whoever takes an administrator away does so alone.
pub async fn lock_duty(conn: &impl ConnectionTrait, duty: Duty) -> Result<(), DbErr> {
    Entity::find()
        .filter(Column::Duty.eq(duty))
        .filter(Column::IsBuiltIn.eq(true))
        .lock_exclusive()
        .one(conn)
        .await
        .map(|_| ())
}

/// The grants of a duty that active members hold, as (grant, member).
pub async fn holders(conn: &impl ConnectionTrait, duty: Duty) -> Result<Vec<(Uuid, Uuid)>, DbErr> {
    let members = staff_grant::Entity::belongs_to(staff_member::Entity)
        .from(staff_grant::Column::StaffId)
        .to(staff_member::Column::Id);
    Entity::find()
        .select_only()
        .column(staff_grant::Column::Id)
        .column(staff_grant::Column::StaffId)
        .join(JoinType::InnerJoin, granted())
        .join(JoinType::InnerJoin, members.into())
        .filter(Column::Duty.eq(duty))
        .filter(staff_member::Column::Status.eq(StaffStatus::Active))
        .into_tuple()
        .all(conn)
        .await
}

fn granted() -> sea_orm::RelationDef {
    let grants = Entity::belongs_to(staff_grant::Entity);
    grants.from(Column::Id).to(staff_grant::Column::RoleId).into()
}
