use chrono::{DateTime, NaiveDate, Utc};
use entity::lab::{self, LabStatus};
use entity::scope::{Common as _, OfLab as _, Scoped};
use entity::stop::{ActiveModel, Column, Entity, Model, StopKind, StopStatus};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use uuid::Uuid;

use crate::platform::auth::LabScope;
use crate::platform::db::{Cursor, Direction, page_of};
use crate::platform::geo::Location;

/// The columns that an edit changes.
#[derive(Clone, Debug)]
pub struct Content {
    pub kind: StopKind,
    pub name: String,
    pub region_code: String,
    pub address: String,
    pub latitude_e6: Option<i32>,
    pub longitude_e6: Option<i32>,
    pub held_on: NaiveDate,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub note: String,
}

impl Content {
    /// Whether somebody who knew the stop would go to another place.
    pub fn is_elsewhere(&self, before: &Model) -> bool {
        let now = (&self.name, &self.region_code, &self.address);
        let was = (&before.name, &before.region_code, &before.address);
        let moved = (self.latitude_e6, self.longitude_e6);
        now != was || moved != (before.latitude_e6, before.longitude_e6)
    }
}

/// Which stops are looked for.
#[derive(Clone, Debug)]
pub struct Search {
    pub region_prefix: Option<String>,
    pub kind: Option<StopKind>,
    pub lab_id: Option<Uuid>,
    pub on: Option<NaiveDate>,
    /// Those that end later.
    pub after: DateTime<Utc>,
}

/// Planned, of labs at work.
fn ahead(search: &Search) -> Scoped<Entity> {
    let active = Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(lab::Column::Status.eq(LabStatus::Active))
        .take();
    let mut stops = Entity::common()
        .filter(Column::Status.eq(StopStatus::Planned))
        .filter(Column::EndsAt.gt(search.after))
        .filter(Column::LabId.in_subquery(active));
    if let Some(prefix) = &search.region_prefix {
        stops = stops.filter(Column::RegionCode.starts_with(prefix));
    }
    if let Some(kind) = search.kind {
        stops = stops.filter(Column::Kind.eq(kind));
    }
    if let Some(lab_id) = search.lab_id {
        stops = stops.filter(Column::LabId.eq(lab_id));
    }
    if let Some(on) = search.on {
        stops = stops.filter(Column::HeldOn.eq(on));
    }
    stops
}

pub async fn page_ahead(
    conn: &impl ConnectionTrait,
    search: &Search,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::StartsAt, Column::Id);
    page_of(ahead(search), key, Direction::Ascending, cursor, limit).all(conn).await
}

/// The nearest as a plane map has it, at most `limit`.
pub async fn near(
    conn: &impl ConnectionTrait,
    search: &Search,
    here: Location,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    ahead(search)
        .filter(here.near(Column::LatitudeE6, Column::LongitudeE6))
        .into_select()
        .order_by_asc(here.nearness(Column::LatitudeE6, Column::LongitudeE6))
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

/// Which stops of one's labs a list shows.
#[derive(Clone, Debug)]
pub struct StaffSearch {
    pub status: Option<StopStatus>,
    pub kind: Option<StopKind>,
    pub on: Option<NaiveDate>,
}

pub async fn staff_page(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    search: &StaffSearch,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut stops = Entity::of_labs(scope);
    if let Some(status) = search.status {
        stops = stops.filter(Column::Status.eq(status));
    }
    if let Some(kind) = search.kind {
        stops = stops.filter(Column::Kind.eq(kind));
    }
    if let Some(on) = search.on {
        stops = stops.filter(Column::HeldOn.eq(on));
    }
    let key = (Column::StartsAt, Column::Id);
    page_of(stops, key, Direction::Descending, cursor, limit).all(conn).await
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

/// As [`in_scope`], locked until the end of the transaction.
pub async fn locked_in_scope(
    conn: &impl ConnectionTrait,
    scope: &LabScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::of_labs(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::insert(row).exec_with_returning(conn).await
}

/// Of exactly the version that was read, while it is planned.
fn changed(stop: &Model, version: i32, now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(stop.id))
        .filter(Column::Status.eq(StopStatus::Planned))
        .filter(Column::Version.eq(version))
}

/// False when somebody else changed it meanwhile.
pub async fn update(
    conn: &impl ConnectionTrait,
    stop: &Model,
    version: i32,
    new: Content,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = changed(stop, version, now)
        .col_expr(Column::Kind, Expr::value(new.kind))
        .col_expr(Column::Name, Expr::value(new.name))
        .col_expr(Column::RegionCode, Expr::value(new.region_code))
        .col_expr(Column::Address, Expr::value(new.address))
        .col_expr(Column::LatitudeE6, Expr::value(new.latitude_e6))
        .col_expr(Column::LongitudeE6, Expr::value(new.longitude_e6))
        .col_expr(Column::HeldOn, Expr::value(new.held_on))
        .col_expr(Column::StartsAt, Expr::value(new.starts_at))
        .col_expr(Column::EndsAt, Expr::value(new.ends_at))
        .col_expr(Column::Note, Expr::value(new.note))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends a planned stop, with (code, words) when it is cancelled. False when it ended meanwhile.
pub async fn end(
    conn: &impl ConnectionTrait,
    stop: &Model,
    status: StopStatus,
    why: Option<(String, String)>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let (code, words) = why.unzip();
    let done = changed(stop, stop.version, now)
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::CancelReasonCode, Expr::value(code))
        .col_expr(Column::CancelReason, Expr::value(words))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
