use std::collections::BTreeSet;

use entity::media_file::{MediaHolder, MediaPurpose};
use uuid::Uuid;

use super::upload::orphaned_at;
use crate::app::App;
use crate::features::media::model::rules;
use crate::features::media::queries;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// An object and the files that belong to it from now on.
#[derive(Clone, Copy, Debug)]
pub struct Hold<'a> {
    pub holder: (MediaHolder, Uuid),
    pub purposes: &'a [MediaPurpose],
    /// Who must have uploaded them; anybody when none.
    pub owner: Option<AuditActor>,
    /// Whether the object is public now.
    pub is_public: bool,
}

/// Lets the files of an object go: nobody can get them any more, and the next sweep removes them.
///
/// # Errors
/// The rows cannot be written.
pub async fn release_held(app: &App, tx: &Tx, holder: (MediaHolder, Uuid)) -> AppResult<()> {
    Ok(queries::release(tx, holder, &[], orphaned_at(tx, app)).await.map(|_| ())?)
}

/// Makes `wanted` the files of an object, as part of its change: what it held before and does not want
/// is let go.
///
/// # Errors
/// `media_unavailable` when one of them does not exist, is not checked, is for something else, was
/// uploaded by somebody else, or belongs to another object.
pub async fn hold_media(
    app: &App,
    tx: &Tx,
    hold: Hold<'_>,
    wanted: impl IntoIterator<Item = Uuid>,
) -> AppResult<()> {
    let wanted: Vec<Uuid> = wanted.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    queries::release(tx, hold.holder, &wanted, orphaned_at(tx, app)).await?;
    if wanted.is_empty() {
        return Ok(());
    }
    let is_public = hold.is_public && hold.purposes.iter().all(|one| rules(*one).is_for_all);
    let taken =
        queries::take(tx, hold.holder, &wanted, hold.purposes, hold.owner, is_public).await?;
    if usize::try_from(taken).is_ok_and(|taken| taken == wanted.len()) {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::MediaUnavailable))
}

/// Lets everybody see some of the files that an object holds, and no others of them.
///
/// # Errors
/// The rows cannot be written.
pub async fn show_held(tx: &Tx, holder: (MediaHolder, Uuid), shown: &[Uuid]) -> AppResult<()> {
    Ok(queries::show(tx, holder, shown).await?)
}
