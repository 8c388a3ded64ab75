use chrono::{DateTime, Utc};
use entity::risk_signal::{ActiveModel, Column, Entity, Model, RiskStatus};
use entity::wechat_identity;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Signals shown beside one case.
const SHOWN: u64 = 5;

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

pub async fn pending(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).filter(Column::Status.eq(RiskStatus::Pending)).one(conn).await
}

pub async fn pending_of(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<Vec<Uuid>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::Status.eq(RiskStatus::Pending))
        .into_tuple()
        .all(conn)
        .await
}

pub async fn ranked_of(conn: &impl ConnectionTrait, account_id: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::Status.eq(RiskStatus::Ranked))
        .order_by_desc(Column::CreatedAt)
        .limit(SHOWN)
        .all(conn)
        .await
}

/// The openid of an account inside one app.
pub async fn openid_of(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    appid: &str,
) -> Result<Option<String>, DbErr> {
    let identity = wechat_identity::Entity::of(account_id, appid).one(conn).await?;
    Ok(identity.map(|row| row.openid))
}

/// Records the answer, or that there is none, and erases what the question needed.
pub async fn settle(
    conn: &impl ConnectionTrait,
    id: Uuid,
    rank: Option<i16>,
    code: Option<i32>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let status = if rank.is_some() { RiskStatus::Ranked } else { RiskStatus::Unknown };
    let done = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Rank, Expr::value(rank))
        .col_expr(Column::Code, Expr::value(code))
        .col_expr(Column::AddressCipher, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(Column::AnsweredAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(RiskStatus::Pending))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends questions asked before `asked` that were never answered, as when their worker died.
pub async fn abandon(
    conn: &impl ConnectionTrait,
    asked: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(RiskStatus::Unknown))
        .col_expr(Column::AddressCipher, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(Column::AnsweredAt, Expr::value(now))
        .filter(Column::CreatedAt.lt(asked))
        .filter(Column::Status.eq(RiskStatus::Pending))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn delete_before(
    conn: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let done = Entity::delete_many().filter(Column::CreatedAt.lt(before)).exec(conn).await?;
    Ok(done.rows_affected)
}
