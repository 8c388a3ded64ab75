//! Use cases: what a complainant does, and what a handler does.

mod consent;
mod correct;
mod handle;
mod submit;
mod view;

pub use consent::{give_complaint_consents, withdraw_complaint_consents};
pub use correct::{check_detail, correct_detail, region_of_own};
pub use handle::{
    accept_complaint, disclose_complainant, get_region_complaint, get_region_complaint_evidence,
    list_region_complaints, refuse_complaint,
};
pub use submit::{
    get_complaint, get_complaint_evidence, list_complaints, submit_complaint, withdraw_complaint,
};

use entity::complaint::{self, ComplaintStatus};
use entity::complaint_event;
use sea_orm::Set;
use uuid::Uuid;

use super::queries;
use crate::platform::crypto::{CipherColumn, column};
use crate::platform::db::Tx;
use crate::platform::http::AppResult;

const NAME: CipherColumn = column::COMPLAINT_NAME;
const PHONE: CipherColumn = column::COMPLAINT_PHONE;
const ADDRESS: CipherColumn = column::COMPLAINT_ADDRESS;

/// Adds a line to the timeline that the complainant sees.
async fn record(
    tx: &Tx,
    complaint_id: Uuid,
    from: Option<&complaint::Model>,
    to: ComplaintStatus,
    note: Option<String>,
) -> AppResult<()> {
    let (actor_kind, actor_id) = tx.actor().parts();
    let row = complaint_event::ActiveModel {
        id: Set(tx.new_id()),
        complaint_id: Set(complaint_id),
        from_status: Set(from.map(|row| row.status)),
        to_status: Set(to),
        actor_kind: Set(actor_kind),
        actor_id: Set(actor_id),
        note: Set(note),
        at: Set(tx.now()),
    };
    Ok(queries::insert_event(tx, row).await?)
}
