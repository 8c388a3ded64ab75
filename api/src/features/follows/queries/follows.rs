use entity::account;
use entity::follow::{ActiveModel, Column, Entity, FollowKind, Model};
use entity::scope::Owned as _;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait as _, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

pub async fn own_page(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::CreatedAt, Column::Id);
    page_of(Entity::owned_by(account_id), key, Direction::Descending, cursor, limit).all(conn).await
}

/// So that two requests of one person count one after the other.
pub async fn lock_account(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    account::Entity::find_by_id(id).lock_exclusive().one(conn).await.map(|_| ())
}

pub async fn count(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<u64, DbErr> {
    Entity::owned_by(account_id).into_select().count(conn).await
}

pub async fn find(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    kind: FollowKind,
    key: &str,
) -> Result<Option<Model>, DbErr> {
    let own = Entity::owned_by(account_id).filter(Column::Kind.eq(kind));
    own.filter(Column::ValueKey.eq(key)).one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

/// False when it is not there, or not theirs.
pub async fn delete(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> Result<bool, DbErr> {
    let own = Entity::delete_many().filter(Column::AccountId.eq(account_id));
    Ok(own.filter(Column::Id.eq(id)).exec(conn).await?.rows_affected == 1)
}

/// All that two accounts follow.
pub async fn of(conn: &impl ConnectionTrait, accounts: [Uuid; 2]) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::AccountId.is_in(accounts)).all(conn).await
}

pub async fn remove(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Id.is_in(ids)).exec(conn).await.map(|_| ())
}
