mod change;
mod edit;
mod file;
mod import;
mod index;
mod read;
mod template;

use entity::bulletin;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::dto::Loaded;
use super::queries;
use crate::app::App;
use crate::features::search::service as search;
use crate::platform::cache::PageKey;
use crate::platform::http::{AppError, AppResult, ErrorCode};

pub use change::{correct_bulletin, publish_bulletin, withdraw_bulletin};
pub use edit::{create_bulletin, update_bulletin};
pub use file::download_bulletins;
pub use import::{
    check_bulletin_import, commit_bulletin_import, expire_imports, get_bulletin_import,
    list_bulletin_imports,
};
pub use index::reindex_bulletins;
pub use read::{get_bulletin, get_staff_bulletin, list_bulletins, list_staff_bulletins, tombstone};
pub use template::get_bulletin_template;

const ONE: &str = "bulletin";
const LIST: &str = "bulletins";
/// What is known of a product changes with its bulletins.
const PRODUCT: &str = "product";

/// A bulletin with its parts: four queries.
async fn whole(conn: &impl ConnectionTrait, row: bulletin::Model) -> AppResult<Loaded> {
    let products = queries::products(conn, [row.id]).await?;
    let codes = queries::codes(conn, [row.id]).await?;
    let items = queries::items(conn, [row.id]).await?;
    let events = queries::events(conn, row.id).await?;
    Ok(Loaded { row, products, codes, items, events })
}

fn missing() -> AppError {
    AppError::new(ErrorCode::NotFound)
}

/// Drops the finished pages that a public change concerns.
async fn forget(app: &App, id: Uuid) {
    app.pages.forget(&PageKey::new(ONE, id.simple().to_string())).await;
    app.pages.forget_kind(LIST);
    app.pages.forget_kind(PRODUCT);
    search::forget(app);
}
