use entity::booking::BookingChannel;
use entity::slot;
use uuid::Uuid;

use super::take::{check_units, want};
use crate::features::appointments::dto::{Alternatives, AlternativesQuery, SlotView};
use crate::features::appointments::queries::{self, Near, Precedence};
use crate::features::labs::service::{require_lab, require_lab_service};
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppError, AppResult, ErrorCode};

const MOST: usize = 5;
/// Of each kind; the nearest in time are chosen among them.
const LOOKED_AT: u64 = 20;

/// Where else somebody could go whom a slot has no place for, nearest first.
///
/// # Errors
/// `not_found`; `validation_failed` for more places than one booking may take.
pub async fn list_alternatives(
    ctx: &Ctx<perm::Public>,
    id: Uuid,
    query: AlternativesQuery,
) -> AppResult<Alternatives> {
    let AlternativesQuery { units, product_class } = query;
    check_units(&ctx.app, units)?;
    let db = &ctx.app.db;
    let slot = queries::slot(db, id).await?.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    let service = require_lab_service(db, slot.service_id).await?;
    let lab = require_lab(db, slot.lab_id).await?;
    let prefix = |length: usize| lab.region_code.get(..length).unwrap_or(&lab.region_code);
    let kind = service.kind;
    let want = want(&ctx.app, units, BookingChannel::Online, ctx.now, Precedence::default());
    let mut found: Vec<slot::Model> = Vec::new();
    for near in [
        Near::SameService(service.id),
        Near::SameKind { kind, product_class, region_prefix: prefix(6) },
        Near::SameKind { kind, product_class, region_prefix: prefix(2) },
    ] {
        let mut more = queries::alternatives(db, near, id, &want, LOOKED_AT).await?;
        more.retain(|one| found.iter().all(|known| known.id != one.id));
        more.sort_by_key(|one| (one.starts_at - slot.starts_at).abs());
        found.extend(more);
        if found.len() >= MOST {
            break;
        }
    }
    Ok(Alternatives { items: found.into_iter().take(MOST).map(SlotView::from).collect() })
}
