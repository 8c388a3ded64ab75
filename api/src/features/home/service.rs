use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::lab_service;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::dto::{
    HomeArticle, HomeBulletin, HomeQuery, HomeQuiz, HomeSlot, HomeStop, HomeView, StaffHomeView,
    UpdateHome,
};
use super::model::{
    ANNOUNCEMENT, ANNOUNCEMENTS, ARTICLES, BULLETINS, QUIZZES, SLOTS, SLOTS_SEEN, STOPS, vicinity,
};
use super::policy;
use super::queries::{self, ArticleHead};
use crate::app::App;
use crate::features::appointments::service::list_offers;
use crate::features::appointments::{Offer, OfferState};
use crate::features::campaigns::service::current_campaign;
use crate::features::regions::service::require_region;
use crate::platform::auth::{Ctx, perm};
use crate::platform::cache::{CachedPage, PageKey};
use crate::platform::clock::local_date;
use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

const PAGE: &str = "home";
const PARTS: &[&str] = &["articles", "bulletins", "campaigns", "quizzes", "stops"];

pub async fn get_home(ctx: &Ctx<perm::Public>, query: HomeQuery) -> AppResult<Arc<CachedPage>> {
    let region = query.region.as_deref();
    // A new day has its own campaign at once.
    let argument = format!("{}|{region:?}", local_date(ctx.now));
    let key = PageKey::new(PAGE, argument).showing(PARTS);
    ctx.app.pages.get(key, async || home(&ctx.app, region, ctx.now).await).await
}

async fn home(app: &App, region: Option<&str>, now: DateTime<Utc>) -> AppResult<HomeView> {
    let db = &app.db;
    if let Some(code) = region {
        require_region(db, code, "region").await?;
    }
    let here = region.unwrap_or_default();
    let near = vicinity(here);
    let heads = |rows: Vec<ArticleHead>| rows.into_iter().map(article).collect();
    let quiz = |row: entity::quiz::Model| HomeQuiz {
        id: row.id,
        title: row.title,
        description: row.description,
    };
    Ok(HomeView {
        campaign: current_campaign(db, region, local_date(now)).await?,
        banners: banners(db).await?,
        articles: heads(queries::newest_articles(db, None, here, ARTICLES).await?),
        announcements: heads(
            queries::newest_articles(db, Some(ANNOUNCEMENT), here, ANNOUNCEMENTS).await?,
        ),
        bulletins: {
            let bulletins = queries::newest_bulletins(db, here, BULLETINS).await?;
            bulletins.into_iter().map(HomeBulletin::from).collect()
        },
        quizzes: queries::newest_quizzes(db, QUIZZES).await?.into_iter().map(quiz).collect(),
        stops: {
            let stops = queries::next_stops(db, near, now, STOPS).await?;
            stops.into_iter().map(HomeStop::from).collect()
        },
        slots: slots(app, near, now).await?,
    })
}

fn article(row: ArticleHead) -> HomeArticle {
    HomeArticle {
        id: row.id,
        title: row.title,
        summary: row.summary,
        category: row.category_code,
        cover_url: row.cover_key.map(|key| format!("/api/v1/covers/{key}")),
        cover_alt: row.cover_alt,
        published_at: row.published_at,
    }
}

async fn banners(conn: &impl ConnectionTrait) -> AppResult<Vec<HomeArticle>> {
    let wanted = load(conn).await?.banners;
    let rows = queries::articles(conn, wanted.clone()).await?;
    let mut known: HashMap<Uuid, ArticleHead> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(wanted.iter().filter_map(|id| known.remove(id)).map(article).collect())
}

/// The next ones with room, of labs near by.
async fn slots(app: &App, region_prefix: &str, now: DateTime<Utc>) -> AppResult<Vec<HomeSlot>> {
    let horizon = TimeDelta::days(i64::from(app.config.appointments.horizon_days));
    let within = (now, now + horizon);
    let offers = list_offers(app, region_prefix, within, now, SLOTS_SEEN).await?;
    let is_free = |offer: &Offer| offer.state == OfferState::Free;
    let free: Vec<Offer> = offers.into_iter().filter(is_free).take(SLOTS).collect();
    let services = queries::services(&app.db, free.iter().map(|o| o.service_id).collect()).await?;
    let labs = queries::lab_names(&app.db, services.iter().map(|s| s.lab_id).collect()).await?;
    let services: HashMap<Uuid, lab_service::Model> =
        services.into_iter().map(|service| (service.id, service)).collect();
    let labs: HashMap<Uuid, String> = labs.into_iter().collect();
    let slot = |offer: Offer| {
        let service = services.get(&offer.service_id)?;
        Some(HomeSlot {
            id: offer.slot_id,
            service_id: service.id,
            service_kind: service.kind,
            service_name: service.name.clone(),
            lab_id: service.lab_id,
            lab_name: labs.get(&service.lab_id)?.clone(),
            starts_at: offer.starts_at,
            ends_at: offer.ends_at,
        })
    };
    Ok(free.into_iter().filter_map(slot).collect())
}

pub async fn get_staff_home(ctx: &Ctx<perm::HomeManage>) -> AppResult<StaffHomeView> {
    load(&ctx.app.db).await
}

pub async fn update_home(
    ctx: &Ctx<perm::HomeManage>,
    version: i32,
    input: UpdateHome,
) -> AppResult<StaffHomeView> {
    policy::arrange(&ctx.actor)?;
    let UpdateHome { banners } = input;
    let tx = ctx.begin().await?;
    let before = load(&tx).await?;
    let known = queries::known_articles(&tx, banners.clone()).await?;
    let mut wrong = Vec::new();
    for (index, id) in banners.iter().enumerate() {
        let path = format!("banners[{index}]");
        if !known.contains(id) {
            wrong.push(FieldError::new(&path, "unknown_value", "没有这样的文章"));
        } else if banners.iter().take(index).any(|earlier| earlier == id) {
            wrong.push(FieldError::new(&path, "invalid_format", "文章不能重复"));
        }
    }
    if !wrong.is_empty() {
        return Err(AppError::fields(wrong));
    }
    let banners = serde_json::to_value(banners).map_err(AppError::internal)?;
    if !queries::set_banners(&tx, version, banners, ctx.now).await? {
        return Err(ErrorCode::StaleVersion.into());
    }
    let after = load(&tx).await?;
    tx.audit_change("home.update", "home_page", PAGE, &before, &after, None).await?;
    tx.commit().await?;
    ctx.app.pages.forget_kind(PAGE);
    Ok(after)
}

async fn load(conn: &impl ConnectionTrait) -> AppResult<StaffHomeView> {
    let page = queries::page(conn).await?;
    Ok(page.ok_or_else(|| AppError::internal("the home page's row is gone"))?.into())
}
