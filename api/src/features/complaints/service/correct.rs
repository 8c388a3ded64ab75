//! A complainant's own details are corrected on their wish (PIPL Art. 46), after staff looked at it.

use entity::complaint::Column;
use entity::correction_request::CorrectionField;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{ADDRESS, NAME, PHONE};
use crate::app::App;
use crate::features::complaints::model::own_detail;
use crate::features::complaints::queries;
use crate::platform::db::Tx;
use crate::platform::http::{AppResult, FieldError};

/// Where a complaint of this account is handled; none when there is no such complaint.
///
/// # Errors
/// The database cannot be read.
pub async fn region_of_own(
    conn: &impl ConnectionTrait,
    account_id: Uuid,
    id: Uuid,
) -> AppResult<Option<String>> {
    Ok(queries::own(conn, account_id, id).await?.map(|row| row.region_code))
}

/// The detail as it would be stored, by the rules of a new complaint.
///
/// # Errors
/// `validation_failed` on `path`.
pub fn check_detail(field: CorrectionField, text: &str, path: &str) -> AppResult<String> {
    own_detail(field, text)
        .ok_or_else(|| FieldError::new(path, "invalid_format", "不符合该信息的格式要求").into())
}

/// Replaces a detail. False when the complaint is gone.
///
/// # Errors
/// The row cannot be written.
pub async fn correct_detail(
    app: &App,
    tx: &Tx,
    id: Uuid,
    field: CorrectionField,
    text: &str,
) -> AppResult<bool> {
    let (column, cipher) = match field {
        CorrectionField::ComplainantName => (Column::ComplainantNameCipher, NAME),
        CorrectionField::ComplainantPhone => (Column::ComplainantPhoneCipher, PHONE),
        CorrectionField::ComplainantAddress => (Column::ComplainantAddressCipher, ADDRESS),
    };
    let sealed = app.cipher.seal(cipher.purpose, text.as_bytes())?;
    Ok(queries::replace_detail(tx, id, column, sealed, tx.now()).await?)
}
