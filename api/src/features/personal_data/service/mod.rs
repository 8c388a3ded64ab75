//! Use cases: a copy of one's data, closing an account and erasing it, corrections, and the end of
//! what is kept.

mod correction;
mod deletion;
mod erase;
mod export;
mod package;
mod record;
mod retention;

pub use correction::{
    accept_correction, get_region_correction, list_corrections, list_region_corrections,
    refuse_correction, request_correction,
};
pub use deletion::{
    cancel_deletion, get_deletion, list_account_deletions, release_places, request_deletion,
};
pub use erase::erase_account;
pub use export::{
    Download, create_export_ticket, download_export, fail_export, get_export, list_exports,
    redeem_export_ticket, request_export,
};
pub use package::build_export;
pub use retention::{end_retention, list_restricted_records, read_restricted_record};

use entity::account;
use uuid::Uuid;

use crate::platform::auth::may_enter;
use crate::platform::consent::lock_account;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// How many rows a transaction of a job touches.
const BATCH: u64 = 200;

/// Locks the account of the one who asks, so that what they ask for takes turns with its erasure.
async fn lock_own(tx: &Tx, account_id: Uuid) -> AppResult<account::Model> {
    lock_account(tx, account_id)
        .await?
        .filter(|account| may_enter(account.status))
        .ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))
}
