use chrono::{DateTime, Utc};
use entity::bulletin_notice::{ActiveModel, Column, Entity};
use entity::follow::{self, FollowKind};
use entity::{account, bulletin, bulletin_event, bulletin_product};
use sea_orm::sea_query::{Condition, Expr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;

use crate::features::follows::model::lineage;
use crate::platform::db::in_parts;

/// What a bulletin is about, as follows name it.
#[derive(Clone, Debug)]
pub struct Topic {
    pub classes: Vec<String>,
    pub brand_keys: Vec<String>,
    pub region_code: Option<String>,
}

/// Held until the end of the transaction: one step at a time, and no change of the bulletin meanwhile.
pub async fn locked_bulletin(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<bulletin::Model>, DbErr> {
    bulletin::Entity::find_by_id(id).lock_exclusive().one(conn).await
}

pub async fn event(
    conn: &impl ConnectionTrait,
    bulletin_id: Uuid,
    no: i32,
) -> Result<Option<bulletin_event::Model>, DbErr> {
    bulletin_event::Entity::find()
        .filter(bulletin_event::Column::BulletinId.eq(bulletin_id))
        .filter(bulletin_event::Column::No.eq(no))
        .one(conn)
        .await
}

pub async fn topic(conn: &impl ConnectionTrait, row: &bulletin::Model) -> Result<Topic, DbErr> {
    let products = bulletin_product::Entity::find()
        .filter(bulletin_product::Column::BulletinId.eq(row.id))
        .all(conn)
        .await?;
    let mut classes: Vec<String> = products.iter().map(|one| one.product_class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    let brand_keys = products.into_iter().filter_map(|product| product.brand_key).collect();
    Ok(Topic { classes, brand_keys, region_code: row.region_code.clone() })
}

/// The next followers in the order of their ids who followed it then, and were not told yet.
pub async fn followers(
    conn: &impl ConnectionTrait,
    bulletin_id: Uuid,
    topic: &Topic,
    (after, followed_by): (Option<Uuid>, DateTime<Utc>),
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    use follow::Column as Of;

    let is = |kind: FollowKind| Of::Kind.eq(kind);
    let mut matching = Condition::any()
        .add(is(FollowKind::ProductClass).and(Of::ValueKey.is_in(topic.classes.clone())))
        .add(is(FollowKind::Brand).and(Of::ValueKey.is_in(topic.brand_keys.clone())));
    if let Some(code) = &topic.region_code {
        let around = is(FollowKind::Region).and(Of::ValueKey.is_in(lineage(code)));
        let inside = is(FollowKind::Region).and(Of::ValueKey.starts_with(code.as_str()));
        matching = matching.add(around).add(inside);
    }
    let mut select = follow::Entity::find()
        .select_only()
        .column(Of::AccountId)
        .distinct()
        .filter(matching)
        .filter(Of::CreatedAt.lte(followed_by))
        .filter(Of::AccountId.not_in_subquery(told(bulletin_id)));
    if let Some(after) = after {
        select = select.filter(Of::AccountId.gt(after));
    }
    select.order_by_asc(Of::AccountId).limit(limit).into_tuple().all(conn).await
}

fn told(bulletin_id: Uuid) -> SelectStatement {
    Query::select()
        .column(Column::AccountId)
        .from(Entity)
        .and_where(Column::BulletinId.eq(bulletin_id))
        .take()
}

/// The next of those who were told of an earlier change and not of `no` or a later one.
pub async fn told_before(
    conn: &impl ConnectionTrait,
    bulletin_id: Uuid,
    no: i32,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::AccountId)
        .filter(Column::BulletinId.eq(bulletin_id))
        .filter(Column::EventNo.lt(no))
        .order_by_asc(Column::AccountId)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

/// Keeps accounts from becoming part of others until the end of the transaction. Before anything of
/// theirs is touched: who joins two accounts takes these locks first, too.
pub async fn hold_accounts(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), DbErr> {
    account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(account::Column::Id)
        .lock_shared()
        .into_tuple::<Uuid>()
        .all(conn)
        .await
        .map(|_| ())
}

pub async fn insert_notices(
    conn: &impl ConnectionTrait,
    bulletin_id: Uuid,
    accounts: &[Uuid],
    no: i32,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = |account_id: &Uuid| ActiveModel {
        bulletin_id: Set(bulletin_id),
        account_id: Set(*account_id),
        event_no: Set(no),
        first_told_at: Set(now),
        told_at: Set(now),
    };
    for rows in in_parts(accounts.iter().map(row).collect()) {
        Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(conn)
            .await?;
    }
    Ok(())
}

pub async fn raise_notices(
    conn: &impl ConnectionTrait,
    bulletin_id: Uuid,
    accounts: &[Uuid],
    no: i32,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::EventNo, Expr::value(no))
        .col_expr(Column::ToldAt, Expr::value(now))
        .filter(Column::BulletinId.eq(bulletin_id))
        .filter(Column::AccountId.is_in(accounts.iter().copied()))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Says how far the telling came; `told_at` when it is over.
pub async fn set_reached(
    conn: &impl ConnectionTrait,
    event_id: Uuid,
    reached: Option<Uuid>,
    told_at: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    use bulletin_event::Column as Event;

    bulletin_event::Entity::update_many()
        .col_expr(Event::Reached, Expr::value(reached))
        .col_expr(Event::ToldAt, Expr::value(told_at))
        .filter(Event::Id.eq(event_id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Of the bulletins of which two accounts were told, one of them forgets.
pub async fn drop_shared_notices(
    conn: &impl ConnectionTrait,
    from: Uuid,
    into: Uuid,
) -> Result<(), DbErr> {
    let shared = Query::select()
        .column(Column::BulletinId)
        .from(Entity)
        .and_where(Column::AccountId.eq(into))
        .take();
    Entity::delete_many()
        .filter(Column::AccountId.eq(from))
        .filter(Column::BulletinId.in_subquery(shared))
        .exec(conn)
        .await
        .map(|_| ())
}
