use std::borrow::Cow;

use chrono::{DateTime, Utc};
use entity::media_file::{self, MediaPurpose, MediaState, MediaType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

/// What is to be uploaded.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMediaTicket {
    pub purpose: MediaPurpose,
    pub media_type: MediaType,
    /// In bytes; exactly as many are then sent.
    #[validate(range(min = 1, max = 20_971_520))]
    pub size: i32,
    /// Of the bytes, as 64 hexadecimal digits; the upload is compared with it.
    #[validate(custom(function = "hex_256"))]
    #[schema(example = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    pub sha256: Option<String>,
}

fn hex_256(text: &str) -> Result<(), ValidationError> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(());
    }
    let message = Cow::Borrowed("应为 64 位十六进制数");
    Err(ValidationError::new("invalid_format").with_message(message))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MediaTicketView {
    /// Also the id of the file.
    pub id: Uuid,
    /// PUT the bytes here. Relative to the server.
    pub upload_url: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MediaView {
    pub id: Uuid,
    pub purpose: MediaPurpose,
    pub state: MediaState,
    /// As it is kept, which may be another than was sent.
    pub media_type: MediaType,
    pub bytes: i32,
    /// Of a picture, in pixels, as it is seen.
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// When it is deleted unless something refers to it by then.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<media_file::Model> for MediaView {
    fn from(row: media_file::Model) -> Self {
        Self {
            id: row.id,
            purpose: row.purpose,
            state: row.state,
            media_type: row.media_type,
            bytes: row.bytes,
            width: row.width,
            height: row.height,
            expires_at: row.expires_at,
        }
    }
}
