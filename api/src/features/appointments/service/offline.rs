//! A day's list for a township without network. What is told later is `sync`.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::booking::{self, BookingStatus};
use entity::slot;
use serde_json::json;
use uuid::Uuid;

use super::check_in::PIN;
use super::day_key;
use super::person::beneficiary;
use super::visits::{day, page_by_time};
use crate::app::App;
use crate::features::appointments::dto::{CheckInList, CheckInListFilter, ExpectedVisitor};
use crate::features::appointments::model::pin_hash;
use crate::features::appointments::{policy, queries};
use crate::platform::auth::{Ctx, perm};
use crate::platform::clock::local_date;
use crate::platform::http::{AppResult, FieldError};

/// How far ahead a list is handed out: a journey to the township and back.
const AHEAD: TimeDelta = TimeDelta::days(3);

/// Who may come in that day, with what it takes to recognise them.
///
/// # Errors
/// `not_found` for another lab, `validation_failed` for a day that is over or far ahead.
pub async fn issue_check_in_list(
    ctx: &Ctx<perm::BookingDecide>,
    filter: CheckInListFilter,
) -> AppResult<CheckInList> {
    let (cursor, limit) = filter.page().parse()?;
    let (app, lab_id) = (&ctx.app, filter.lab_id);
    let today = local_date(ctx.now);
    let on = filter.on.unwrap_or(today);
    let last = today + AHEAD;
    if !(today..=last).contains(&on) {
        return Err(FieldError::out_of_range("on", today, last).into());
    }
    policy::of_own_lab::<perm::BookingDecide>(&ctx.actor, lab_id)?;
    let tx = ctx.begin().await?;
    let scope = policy::labs::<perm::BookingDecide>(&ctx.actor);
    let states = vec![BookingStatus::Confirmed, BookingStatus::CheckedIn];
    let query = day(on, Some(lab_id), filter.stop_id, states);
    let rows = queries::day_page(&tx, &scope, &query, cursor, limit).await?;
    let slots = queries::slots(&tx, rows.iter().map(|row| row.slot_id)).await?;
    let slots: HashMap<Uuid, slot::Model> = slots.into_iter().map(|slot| (slot.id, slot)).collect();
    let page = page_by_time(rows, limit, &slots, |row, slot| expected(app, row, slot));
    let items: Vec<_> = page.items.into_iter().collect::<AppResult<_>>()?;
    let details = json!({ "on": on, "bookings": items.len() });
    tx.audit("check_in_list.issue", "lab", lab_id, Some(details)).await?;
    tx.commit().await?;
    let keys = day_key::all(app, lab_id, on).iter().map(hex::encode).collect();
    Ok(CheckInList { lab_id, on, keys, items, next_cursor: page.next_cursor })
}

fn expected(app: &App, row: booking::Model, slot: &slot::Model) -> AppResult<ExpectedVisitor> {
    let mut salt = [0; 16];
    app.ids.fill(&mut salt);
    let pin = row.pin_cipher.as_deref();
    let pin = pin.map(|sealed| app.cipher.open_text(PIN, sealed)).transpose()?;
    let hash = pin.map(|pin| hex::encode(pin_hash(&salt, row.id, &pin)));
    Ok(ExpectedVisitor {
        beneficiary: beneficiary(app, &row, None)?.map(|view| view.name),
        pin_salt: hash.as_ref().map(|_| hex::encode(salt)),
        pin_hash: hash,
        booking_id: row.id,
        public_code: row.public_code,
        status: row.status,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        units: row.units,
        product_name: row.product_name,
    })
}
