use chrono::{DateTime, Utc};
use entity::media_file::{
    ActiveModel, Column, Entity, MediaHolder, MediaPurpose, MediaState, MediaType, Model,
};
use entity::{account, staff_member};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, UpdateMany,
};
use serde_json::Value;
use uuid::Uuid;

use crate::platform::db::AuditActor;

/// The files of one person.
fn of(owner: AuditActor) -> Condition {
    let all = Condition::all();
    match owner {
        AuditActor::Resident(id) => all.add(Column::AccountId.eq(id)),
        AuditActor::Staff(id) => all.add(Column::StaffId.eq(id)),
        AuditActor::System => all.add(Column::AccountId.is_null()).add(Column::StaffId.is_null()),
    }
}

/// Makes requests of one person wait for each other until the end of the transaction.
pub async fn lock_owner(conn: &impl ConnectionTrait, owner: AuditActor) -> Result<(), DbErr> {
    match owner {
        AuditActor::Resident(id) => {
            account::Entity::find_by_id(id).lock_exclusive().one(conn).await?;
        }
        AuditActor::Staff(id) => {
            staff_member::Entity::find_by_id(id).lock_exclusive().one(conn).await?;
        }
        AuditActor::System => {}
    }
    Ok(())
}

pub async fn count_loose(conn: &impl ConnectionTrait, owner: AuditActor) -> Result<u64, DbErr> {
    let loose = Entity::find().filter(of(owner)).filter(Column::HolderId.is_null());
    loose.filter(Column::State.ne(MediaState::Deleted)).count(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

pub async fn own(
    conn: &impl ConnectionTrait,
    owner: AuditActor,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).filter(of(owner)).one(conn).await
}

pub async fn public(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::public().filter(Column::Id.eq(id)).one(conn).await
}

/// One checked file of the given purposes, whoever holds it.
pub async fn ready(
    conn: &impl ConnectionTrait,
    purposes: &[MediaPurpose],
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id)
        .filter(Column::State.eq(MediaState::Ready))
        .filter(Column::Purpose.is_in(purposes.iter().copied()))
        .one(conn)
        .await
}

pub async fn ready_among(
    conn: &impl ConnectionTrait,
    purposes: &[MediaPurpose],
    ids: Vec<Uuid>,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Id.is_in(ids))
        .filter(Column::State.eq(MediaState::Ready))
        .filter(Column::Purpose.is_in(purposes.iter().copied()))
        .all(conn)
        .await
}

/// In the order in which they were uploaded.
pub async fn held(
    conn: &impl ConnectionTrait,
    holder: (MediaHolder, Uuid),
) -> Result<Vec<Model>, DbErr> {
    let held = Entity::held_by(holder.0, holder.1).order_by_asc(Column::CreatedAt);
    held.order_by_asc(Column::Id).all(conn).await
}

pub async fn held_one(
    conn: &impl ConnectionTrait,
    holder: (MediaHolder, Uuid),
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::held_by(holder.0, holder.1).filter(Column::Id.eq(id)).one(conn).await
}

/// A step from one state to the next; false when the file was not there any more.
async fn step(
    conn: &impl ConnectionTrait,
    id: Uuid,
    (from, to): (MediaState, MediaState),
    change: impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity>,
) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(from));
    Ok(change(update).exec(conn).await?.rows_affected == 1)
}

/// Uses a ticket up. False when somebody else did, or its time is over.
pub async fn claim(
    conn: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    step(conn, id, (MediaState::Pending, MediaState::Checking), |update| {
        update
            .col_expr(Column::ExpiresAt, Expr::value(expires_at))
            .filter(Column::ExpiresAt.gt(now))
    })
    .await
}

/// Gives a ticket back whose file could not be stored.
pub async fn reopen(
    conn: &impl ConnectionTrait,
    id: Uuid,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    step(conn, id, (MediaState::Checking, MediaState::Pending), |update| {
        update.col_expr(Column::ExpiresAt, Expr::value(expires_at))
    })
    .await
}

pub async fn reject(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    step(conn, id, (MediaState::Checking, MediaState::Rejected), |update| update).await
}

/// The file as it is stored.
pub struct Stored {
    pub media_type: MediaType,
    pub bytes: i32,
    pub sha256: Vec<u8>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub renditions: Value,
}

pub async fn finish(
    conn: &impl ConnectionTrait,
    id: Uuid,
    stored: Stored,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    step(conn, id, (MediaState::Checking, MediaState::Ready), |update| {
        update
            .col_expr(Column::MediaType, Expr::value(stored.media_type))
            .col_expr(Column::Bytes, Expr::value(stored.bytes))
            .col_expr(Column::Sha256, Expr::value(stored.sha256))
            .col_expr(Column::Width, Expr::value(stored.width))
            .col_expr(Column::Height, Expr::value(stored.height))
            .col_expr(Column::Renditions, Expr::value(stored.renditions))
            .col_expr(Column::ExpiresAt, Expr::value(expires_at))
    })
    .await
}

/// Lets go of the files of a holder that are not among `wanted`.
pub async fn release(
    conn: &impl ConnectionTrait,
    holder: (MediaHolder, Uuid),
    wanted: &[Uuid],
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::HolderKind, Expr::value(Option::<MediaHolder>::None))
        .col_expr(Column::HolderId, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::IsPublic, Expr::value(false))
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .filter(Column::HolderKind.eq(holder.0))
        .filter(Column::HolderId.eq(holder.1))
        .filter(Column::Id.is_not_in(wanted.iter().copied()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Takes hold of checked files that nobody else holds. Returns how many.
pub async fn take(
    conn: &impl ConnectionTrait,
    holder: (MediaHolder, Uuid),
    wanted: &[Uuid],
    purposes: &[MediaPurpose],
    owner: Option<AuditActor>,
    is_public: bool,
) -> Result<u64, DbErr> {
    let is_free_or_ours = Condition::any().add(Column::HolderId.is_null()).add(
        Condition::all().add(Column::HolderKind.eq(holder.0)).add(Column::HolderId.eq(holder.1)),
    );
    let done = Entity::update_many()
        .col_expr(Column::HolderKind, Expr::value(holder.0))
        .col_expr(Column::HolderId, Expr::value(holder.1))
        .col_expr(Column::IsPublic, Expr::value(is_public))
        .col_expr(Column::ExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Id.is_in(wanted.iter().copied()))
        .filter(Column::State.eq(MediaState::Ready))
        .filter(Column::Purpose.is_in(purposes.iter().copied()))
        .filter(is_free_or_ours)
        .filter(owner.map_or_else(Condition::all, of))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

/// Makes `shown` public, and what else the holder has not.
pub async fn show(
    conn: &impl ConnectionTrait,
    holder: (MediaHolder, Uuid),
    shown: &[Uuid],
) -> Result<(), DbErr> {
    let of = |is_public: bool| {
        Entity::update_many()
            .col_expr(Column::IsPublic, Expr::value(is_public))
            .filter(Column::HolderKind.eq(holder.0))
            .filter(Column::HolderId.eq(holder.1))
    };
    let shown = shown.iter().copied();
    of(false).filter(Column::Id.is_not_in(shown.clone())).exec(conn).await?;
    of(true).filter(Column::Id.is_in(shown)).exec(conn).await?;
    Ok(())
}

/// Marks what has expired. From here on nobody can take hold of it.
pub async fn doom(conn: &impl ConnectionTrait, now: DateTime<Utc>, most: u64) -> Result<(), DbErr> {
    let expired = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::ExpiresAt.lte(now))
        .filter(Column::State.ne(MediaState::Deleted))
        .order_by_asc(Column::ExpiresAt)
        .limit(most)
        .into_tuple::<Uuid>()
        .all(conn)
        .await?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value(MediaState::Deleted))
        .filter(Column::Id.is_in(expired))
        // Again, since it may have found a holder meanwhile.
        .filter(Column::ExpiresAt.lte(now))
        .exec(conn)
        .await?;
    Ok(())
}

/// Files whose bytes are to go, also those that an earlier run left behind.
pub async fn doomed(conn: &impl ConnectionTrait, most: u64) -> Result<Vec<Model>, DbErr> {
    let doomed = Entity::find().filter(Column::State.eq(MediaState::Deleted));
    doomed.order_by_asc(Column::ExpiresAt).limit(most).all(conn).await
}

pub async fn delete(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::State.eq(MediaState::Deleted))
        .exec(conn)
        .await?;
    Ok(())
}

/// Which of these storage keys belong to a file.
pub async fn known_keys(
    conn: &impl ConnectionTrait,
    keys: &[String],
) -> Result<Vec<String>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::StorageKey)
        .filter(Column::StorageKey.is_in(keys))
        .into_tuple()
        .all(conn)
        .await
}
