//! What the database says somebody may do, and where.

use entity::{role, role_permission, staff_grant};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::actor::Grant;
use super::permission::PermissionSet;
use crate::platform::http::{AppError, AppResult};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    staff_id: Uuid,
    scope: String,
    code: String,
    permission: Option<String>,
}

/// The grants of several members of staff, each with its owner, oldest first. One query.
///
/// # Errors
/// The database cannot be asked, or holds a scope that we never wrote.
pub async fn grants_of(
    conn: &impl ConnectionTrait,
    staff_ids: impl IntoIterator<Item = Uuid>,
) -> AppResult<Vec<(Uuid, Grant)>> {
    let roles = staff_grant::Entity::belongs_to(role::Entity)
        .from(staff_grant::Column::RoleId)
        .to(role::Column::Id);
    let permissions = staff_grant::Entity::belongs_to(role_permission::Entity)
        .from(staff_grant::Column::RoleId)
        .to(role_permission::Column::RoleId);
    let rows = staff_grant::Entity::find()
        .select_only()
        .columns([
            staff_grant::Column::Id,
            staff_grant::Column::StaffId,
            staff_grant::Column::Scope,
        ])
        .column(role::Column::Code)
        .column(role_permission::Column::Permission)
        .join(JoinType::InnerJoin, roles.into())
        .join(JoinType::LeftJoin, permissions.into())
        .filter(staff_grant::Column::StaffId.is_in(staff_ids))
        .order_by_asc(staff_grant::Column::Id)
        .into_model::<Row>()
        .all(conn)
        .await?;
    let mut grants: Vec<(Uuid, Grant)> = Vec::new();
    for row in rows {
        if grants.last().is_none_or(|(_, grant)| grant.id != row.id) {
            let scope = row.scope.parse().map_err(AppError::internal)?;
            let permissions = PermissionSet::default();
            let grant = Grant { id: row.id, role: row.code, permissions, scope };
            grants.push((row.staff_id, grant));
        }
        if let (Some((_, grant)), Some(name)) = (grants.last_mut(), row.permission) {
            grant.permissions.add(&name);
        }
    }
    Ok(grants)
}
