use chrono::{DateTime, NaiveDate, Utc};
use entity::campaign::{ActiveModel, CampaignKind, CampaignStatus, Column, Entity, Model};
use entity::campaign_item::{self, CampaignItemKind};
use entity::lab::{self, LabStatus};
use entity::scope::{Common as _, RegionScope, Regional as _, Scoped};
use entity::stop::{self, StopStatus};
use entity::{article, quiz};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, page_of};

/// Which campaigns are looked for.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    pub kind: Option<CampaignKind>,
    pub year: Option<i16>,
    /// Codes of a region and of those above it.
    pub lineage: Option<Vec<&'a str>>,
}

fn published(search: &Search<'_>) -> Scoped<Entity> {
    let mut rows = Entity::published();
    if let Some(kind) = search.kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(year) = search.year {
        rows = rows.filter(Column::Year.eq(year));
    }
    if let Some(lineage) = &search.lineage {
        rows = rows.filter(reaches(lineage));
    }
    rows
}

fn reaches(lineage: &[&str]) -> Condition {
    let above = Column::RegionCode.is_in(lineage.iter().copied());
    Condition::any().add(Column::RegionCode.is_null()).add(above)
}

pub async fn published_page(
    conn: &impl ConnectionTrait,
    search: &Search<'_>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let key = (Column::PublishedAt, Column::Id);
    page_of(published(search), key, Direction::Descending, cursor, limit).all(conn).await
}

/// Those that run on a day, at most `limit`.
pub async fn running(
    conn: &impl ConnectionTrait,
    lineage: &[&str],
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::published()
        .filter(Column::StartsOn.lte(today))
        .filter(Column::EndsOn.gte(today))
        .filter(reaches(lineage))
        .into_select()
        .order_by_desc(Column::PublishedAt)
        .limit(limit)
        .all(conn)
        .await
}

pub async fn published_one(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::published().filter(Column::Id.eq(id)).one(conn).await
}

pub async fn staff_page(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    status: Option<CampaignStatus>,
    kind: Option<CampaignKind>,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut rows = Entity::within(scope);
    if let Some(status) = status {
        rows = rows.filter(Column::Status.eq(status));
    }
    if let Some(kind) = kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    let key = (Column::CreatedAt, Column::Id);
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

pub async fn in_scope(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::within(scope).filter(Column::Id.eq(id)).one(conn).await
}

/// As [`in_scope`], locked until the end of the transaction.
pub async fn locked_in_scope(
    conn: &impl ConnectionTrait,
    scope: &RegionScope,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::within(scope).filter(Column::Id.eq(id)).lock_exclusive().one(conn).await
}

pub async fn insert(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Writes the set columns of a row that the caller has locked.
pub async fn update(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<Model, DbErr> {
    Entity::update(row).exec(conn).await
}

/// The items of a campaign in their order.
pub async fn items(
    conn: &impl ConnectionTrait,
    campaign_id: Uuid,
) -> Result<Vec<campaign_item::Model>, DbErr> {
    campaign_item::Entity::find()
        .filter(campaign_item::Column::CampaignId.eq(campaign_id))
        .order_by_asc(campaign_item::Column::Position)
        .all(conn)
        .await
}

pub async fn replace_items(
    conn: &impl ConnectionTrait,
    campaign_id: Uuid,
    items: impl IntoIterator<Item = (CampaignItemKind, Uuid)>,
) -> Result<(), DbErr> {
    campaign_item::Entity::delete_many()
        .filter(campaign_item::Column::CampaignId.eq(campaign_id))
        .exec(conn)
        .await?;
    let row = |((kind, item_id), position)| campaign_item::ActiveModel {
        campaign_id: Set(campaign_id),
        position: Set(position),
        kind: Set(kind),
        item_id: Set(item_id),
    };
    let rows: Vec<_> = items.into_iter().zip(0_i16..).map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    campaign_item::Entity::insert_many(rows).exec_without_returning(conn).await.map(|_| ())
}

/// Which of these exist, public or not.
pub async fn known(
    conn: &impl ConnectionTrait,
    kind: CampaignItemKind,
    ids: Vec<Uuid>,
) -> Result<Vec<Uuid>, DbErr> {
    match kind {
        CampaignItemKind::Article => {
            let known = article::Entity::find().select_only().column(article::Column::Id);
            known.filter(article::Column::Id.is_in(ids)).into_tuple().all(conn).await
        }
        CampaignItemKind::Quiz => {
            let known = quiz::Entity::find().select_only().column(quiz::Column::Id);
            known.filter(quiz::Column::Id.is_in(ids)).into_tuple().all(conn).await
        }
        CampaignItemKind::Stop => {
            let known = stop::Entity::find().select_only().column(stop::Column::Id);
            known.filter(stop::Column::Id.is_in(ids)).into_tuple().all(conn).await
        }
    }
}

/// An article without its text.
#[derive(Debug, FromQueryResult)]
pub struct ArticleHead {
    pub id: Uuid,
    pub title: String,
    pub summary: String,
    pub cover_key: Option<String>,
    pub cover_alt: Option<String>,
}

pub async fn public_articles(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<ArticleHead>, DbErr> {
    use article::Column;

    article::Entity::published()
        .filter(Column::Id.is_in(ids))
        .into_select()
        .select_only()
        .columns([Column::Id, Column::Title, Column::Summary, Column::CoverKey, Column::CoverAlt])
        .into_model()
        .all(conn)
        .await
}

pub async fn public_quizzes(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<quiz::Model>, DbErr> {
    quiz::Entity::published().filter(quiz::Column::Id.is_in(ids)).into_select().all(conn).await
}

/// Stops of labs at work that are to be held or were.
pub async fn public_stops(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<stop::Model>, DbErr> {
    let active = Query::select()
        .column(lab::Column::Id)
        .from(lab::Entity)
        .and_where(Expr::col(lab::Column::Status).eq(LabStatus::Active))
        .take();
    stop::Entity::common()
        .filter(stop::Column::Id.is_in(ids))
        .filter(stop::Column::Status.ne(StopStatus::Cancelled))
        .filter(stop::Column::LabId.in_subquery(active))
        .into_select()
        .all(conn)
        .await
}

/// What an update of a campaign sets besides its content.
pub fn touched(row: &Model, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        id: Set(row.id),
        updated_at: Set(now),
        version: Set(row.version + 1),
        ..ActiveModel::default()
    }
}
