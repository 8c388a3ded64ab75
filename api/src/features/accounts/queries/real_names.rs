use entity::complaint::{self, ComplaintStatus};
use entity::real_name::{ActiveModel, Column, Entity, Model};
use entity::scope::Owned as _;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait};
use uuid::Uuid;

pub async fn real_name(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(account_id).one(conn).await
}

/// Stores a real name in place of the former one.
pub async fn put_real_name(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    let replace = OnConflict::column(Column::AccountId)
        .update_columns([
            Column::Purpose,
            Column::NameCipher,
            Column::IdNumberCipher,
            Column::IdNumberIndex,
            Column::GivenAt,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(conn).await.map(|_| ())
}

pub async fn delete_real_name(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(account_id).exec(conn).await.map(|_| ())
}

/// Whether a complaint of the account is still being handled.
pub async fn has_open_complaint(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
) -> Result<bool, DbErr> {
    let open = complaint::Entity::owned_by(account_id)
        .filter(
            complaint::Column::Status
                .is_in([ComplaintStatus::Submitted, ComplaintStatus::Accepted]),
        )
        .into_select()
        .count(conn)
        .await?;
    Ok(open > 0)
}
