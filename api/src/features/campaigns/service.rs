use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use entity::campaign::{self, CampaignStatus};
use entity::campaign_item::{self, CampaignItemKind};
use entity::media_file::{MediaHolder, MediaPurpose};
use sea_orm::{ConnectionTrait, Set};
use uuid::Uuid;

use super::dto::{
    CampaignFilter, CampaignItemView, CampaignSummary, CampaignView, StaffCampaignFilter,
    StaffCampaignItem, StaffCampaignSummary, StaffCampaignView, WriteCampaign, WriteCampaignItem,
};
use super::model::{check, foremost, lineage, may_become};
use super::policy;
use super::queries::{self, Search};
use crate::app::App;
use crate::features::media::service::{Hold, hold_media};
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::db::{Page, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError, MaybeIfMatch};

const ONE: &str = "campaign";
const LIST: &str = "campaigns";
const COVERS: [MediaPurpose; 2] = [MediaPurpose::ArticleCover, MediaPurpose::ArticleImage];
/// More do not run at one time in one place.
const MOST_RUNNING: u64 = 50;

pub async fn list_campaigns(
    ctx: &Ctx<perm::Public>,
    filter: CampaignFilter,
) -> AppResult<Arc<CachedPage>> {
    let (cursor, limit) = filter.page().parse()?;
    let CampaignFilter { kind, year, region, cursor: place, .. } = filter;
    let argument = format!(
        "{}|{}|{}|{limit}|{}",
        kind.map(|kind| kind.as_str()).unwrap_or_default(),
        year.unwrap_or_default(),
        region.as_deref().unwrap_or_default(),
        place.unwrap_or_default()
    );
    let page = ctx.app.pages.get(PageKey::new(LIST, argument), async || {
        let db = &ctx.app.db;
        if let Some(code) = &region {
            require_region(db, code, "region").await?;
        }
        let search = Search { kind, year, lineage: region.as_deref().map(lineage) };
        let rows = queries::published_page(db, &search, cursor, limit).await?;
        let key = |row: &campaign::Model| (row.published_at.unwrap_or(row.created_at), row.id);
        Ok(Page::build(rows, limit, key, |row| CampaignSummary::from(&row)))
    });
    page.await
}

pub async fn get_campaign(ctx: &Ctx<perm::Public>, id: Uuid) -> AppResult<Arc<CachedPage>> {
    let parts = &["articles", "quizzes", "stops"];
    let key = PageKey::new(ONE, id.simple().to_string()).showing(parts);
    let page = ctx.app.pages.get(key, async || {
        let db = &ctx.app.db;
        let row = queries::published_one(db, id).await?;
        let row = row.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
        let items = queries::items(db, id).await?;
        let mut shown = shown(db, &items).await?;
        let item = |item: &campaign_item::Model| shown.remove(&(item.kind, item.item_id));
        Ok(CampaignView {
            campaign: (&row).into(),
            items: items.iter().filter_map(item).collect(),
            description: row.description,
            updated_at: row.updated_at,
        })
    });
    page.await
}

/// The campaign that runs on a day and reaches a region: the nearest one.
///
/// # Errors
/// The database cannot be read.
pub async fn current_campaign(
    conn: &impl ConnectionTrait,
    region_code: Option<&str>,
    today: NaiveDate,
) -> AppResult<Option<CampaignSummary>> {
    let lineage = lineage(region_code.unwrap_or_default());
    let running = queries::running(conn, &lineage, today, MOST_RUNNING).await?;
    Ok(foremost(running).as_ref().map(CampaignSummary::from))
}

/// Those of the items that are public: a query for each kind, however many there are.
async fn shown(
    conn: &impl ConnectionTrait,
    items: &[campaign_item::Model],
) -> AppResult<HashMap<(CampaignItemKind, Uuid), CampaignItemView>> {
    let of = |kind| {
        let of_kind = items.iter().filter(move |item| item.kind == kind);
        of_kind.map(|item| item.item_id).collect::<Vec<_>>()
    };
    let articles = queries::public_articles(conn, of(CampaignItemKind::Article)).await?;
    let articles = articles.into_iter().map(|row| CampaignItemView {
        kind: CampaignItemKind::Article,
        id: row.id,
        title: row.title,
        summary: row.summary,
        cover_url: row.cover_key.map(|key| format!("/api/v1/covers/{key}")),
        cover_alt: row.cover_alt,
        starts_at: None,
        ends_at: None,
    });
    let quizzes = queries::public_quizzes(conn, of(CampaignItemKind::Quiz)).await?;
    let quizzes = quizzes.into_iter().map(|row| CampaignItemView {
        kind: CampaignItemKind::Quiz,
        id: row.id,
        title: row.title,
        summary: row.description,
        cover_url: None,
        cover_alt: None,
        starts_at: None,
        ends_at: None,
    });
    let stops = queries::public_stops(conn, of(CampaignItemKind::Stop)).await?;
    let stops = stops.into_iter().map(|row| CampaignItemView {
        kind: CampaignItemKind::Stop,
        id: row.id,
        title: row.name,
        summary: row.address,
        cover_url: None,
        cover_alt: None,
        starts_at: Some(row.starts_at),
        ends_at: Some(row.ends_at),
    });
    let all = articles.chain(quizzes).chain(stops);
    Ok(all.map(|view| ((view.kind, view.id), view)).collect())
}

pub async fn list_staff_campaigns(
    ctx: &Ctx<perm::CampaignManage>,
    filter: StaffCampaignFilter,
) -> AppResult<Page<StaffCampaignSummary>> {
    let (cursor, limit) = filter.page().parse()?;
    let scope = ctx.actor.regions::<perm::CampaignManage>();
    let (status, kind) = (filter.status, filter.kind);
    let rows = queries::staff_page(&ctx.app.db, &scope, status, kind, cursor, limit).await?;
    let key = |row: &campaign::Model| (row.created_at, row.id);
    Ok(Page::build(rows, limit, key, |row| StaffCampaignSummary::from(&row)))
}

pub async fn get_staff_campaign(
    ctx: &Ctx<perm::CampaignManage>,
    id: Uuid,
) -> AppResult<StaffCampaignView> {
    view(&ctx.app.db, found(ctx, id).await?).await
}

pub async fn create_campaign(
    ctx: &Ctx<perm::CampaignManage>,
    input: WriteCampaign,
) -> AppResult<StaffCampaignView> {
    examine(ctx, &input).await?;
    let tx = ctx.begin().await?;
    let (id, items) = (tx.new_id(), input.items.clone());
    let row = campaign::ActiveModel {
        id: Set(id),
        status: Set(CampaignStatus::Draft),
        published_at: Set(None),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
        version: Set(0),
        ..content(input)?
    };
    queries::insert(&tx, row).await?;
    write_items(&tx, id, items).await?;
    let row = locked(ctx, &tx, id).await?;
    finish(ctx, tx, None, row, "campaign.create").await
}

pub async fn update_campaign(
    ctx: &Ctx<perm::CampaignManage>,
    id: Uuid,
    version: i32,
    input: WriteCampaign,
) -> AppResult<StaffCampaignView> {
    // What one may not see is not there, whatever is asked of it.
    found(ctx, id).await?;
    examine(ctx, &input).await?;
    let tx = ctx.begin().await?;
    let before = locked(ctx, &tx, id).await?;
    if before.version != version {
        return Err(ErrorCode::StaleVersion.into());
    }
    let items = input.items.clone();
    let touched = queries::touched(&before, ctx.now);
    let row = campaign::ActiveModel {
        id: touched.id,
        updated_at: touched.updated_at,
        version: touched.version,
        ..content(input)?
    };
    let after = queries::update(&tx, row).await?;
    write_items(&tx, id, items).await?;
    finish(ctx, tx, Some(before), after, "campaign.update").await
}

pub async fn publish_campaign(
    ctx: &Ctx<perm::CampaignManage>,
    id: Uuid,
    version: MaybeIfMatch,
) -> AppResult<StaffCampaignView> {
    turn(ctx, id, version, CampaignStatus::Published, "campaign.publish").await
}

pub async fn archive_campaign(
    ctx: &Ctx<perm::CampaignManage>,
    id: Uuid,
    version: MaybeIfMatch,
) -> AppResult<StaffCampaignView> {
    turn(ctx, id, version, CampaignStatus::Archived, "campaign.archive").await
}

async fn turn(
    ctx: &Ctx<perm::CampaignManage>,
    id: Uuid,
    version: MaybeIfMatch,
    status: CampaignStatus,
    action: &str,
) -> AppResult<StaffCampaignView> {
    let tx = ctx.begin().await?;
    let before = locked(ctx, &tx, id).await?;
    if version.0.is_some_and(|version| version != before.version) {
        return Err(ErrorCode::StaleVersion.into());
    }
    if !may_become(before.status, status) {
        return Err(ErrorCode::CampaignStateConflict.into());
    }
    let mut row = queries::touched(&before, ctx.now);
    row.status = Set(status);
    if status == CampaignStatus::Published {
        row.published_at = Set(Some(ctx.now));
    }
    let after = queries::update(&tx, row).await?;
    finish(ctx, tx, Some(before), after, action).await
}

/// What can be known before the transaction.
async fn examine(ctx: &Ctx<perm::CampaignManage>, input: &WriteCampaign) -> AppResult<()> {
    check(input)?;
    if let Some(code) = &input.region_code {
        require_region(&ctx.app.db, code, "region_code").await?;
    }
    policy::hold_in(&ctx.actor, input.region_code.as_deref())
}

/// The columns that an editor writes.
fn content(input: WriteCampaign) -> AppResult<campaign::ActiveModel> {
    Ok(campaign::ActiveModel {
        kind: Set(input.kind),
        year: Set(input.year),
        title: Set(input.title),
        theme: Set(input.theme),
        description: Set(input.description),
        slogans: Set(serde_json::to_value(input.slogans).map_err(AppError::internal)?),
        region_code: Set(input.region_code),
        starts_on: Set(input.starts_on),
        ends_on: Set(input.ends_on),
        cover_alt: Set(input.cover_id.and(input.cover_alt)),
        cover_id: Set(input.cover_id),
        ..campaign::ActiveModel::default()
    })
}

/// # Errors
/// `validation_failed` for each item that does not exist.
async fn write_items(tx: &Tx, id: Uuid, items: Vec<WriteCampaignItem>) -> AppResult<()> {
    let mut wrong = Vec::new();
    for kind in CampaignItemKind::all() {
        let of_kind = || items.iter().enumerate().filter(move |(_, item)| item.kind == kind);
        let ids: Vec<Uuid> = of_kind().map(|(_, item)| item.id).collect();
        if ids.is_empty() {
            continue;
        }
        let known = queries::known(tx, kind, ids).await?;
        for (index, _) in of_kind().filter(|(_, item)| !known.contains(&item.id)) {
            let path = format!("items[{index}].id");
            wrong.push(FieldError::new(&path, "unknown_value", "没有这样的内容"));
        }
    }
    if !wrong.is_empty() {
        return Err(AppError::fields(wrong));
    }
    let items = items.into_iter().map(|item| (item.kind, item.id));
    Ok(queries::replace_items(tx, id, items).await?)
}

async fn found(ctx: &Ctx<perm::CampaignManage>, id: Uuid) -> AppResult<campaign::Model> {
    let scope = ctx.actor.regions::<perm::CampaignManage>();
    let row = queries::in_scope(&ctx.app.db, &scope, id).await?;
    row.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

async fn locked(ctx: &Ctx<perm::CampaignManage>, tx: &Tx, id: Uuid) -> AppResult<campaign::Model> {
    let scope = ctx.actor.regions::<perm::CampaignManage>();
    let row = queries::locked_in_scope(tx, &scope, id).await?;
    row.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// Holds the cover, audits, commits, drops the cached pages and shows the result.
async fn finish(
    ctx: &Ctx<perm::CampaignManage>,
    tx: Tx,
    before: Option<campaign::Model>,
    after: campaign::Model,
    action: &str,
) -> AppResult<StaffCampaignView> {
    let hold = Hold {
        holder: (MediaHolder::Campaign, after.id),
        purposes: &COVERS,
        owner: None,
        is_public: after.status == CampaignStatus::Published,
    };
    let held = hold_media(&ctx.app, &tx, hold, after.cover_id).await;
    held.map_err(|error| match error.code() {
        ErrorCode::MediaUnavailable => error.on_field("cover_id"),
        _ => error,
    })?;
    tx.audit_change(action, ONE, after.id, &before, &after, None).await?;
    let view = view(&tx, after).await?;
    tx.commit().await?;
    forget(&ctx.app, view.summary.campaign.id).await;
    Ok(view)
}

async fn forget(app: &App, id: Uuid) {
    app.pages.forget(&PageKey::new(ONE, id.simple().to_string())).await;
    app.pages.forget_kind(LIST);
}

async fn view(conn: &impl ConnectionTrait, row: campaign::Model) -> AppResult<StaffCampaignView> {
    let items = queries::items(conn, row.id).await?;
    let shown = shown(conn, &items).await?;
    let item = |item: campaign_item::Model| StaffCampaignItem {
        kind: item.kind,
        id: item.item_id,
        is_public: shown.contains_key(&(item.kind, item.item_id)),
    };
    Ok(StaffCampaignView {
        summary: (&row).into(),
        cover_id: row.cover_id,
        items: items.into_iter().map(item).collect(),
        description: row.description,
    })
}
