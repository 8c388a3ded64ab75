use chrono::{DateTime, Utc};
use entity::notification::{self, NotificationKind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationView {
    pub id: Uuid,
    pub kind: NotificationKind,
    /// The booking, complaint, question or account it speaks of.
    pub subject_id: Uuid,
    pub title: String,
    pub body: String,
    pub is_read: bool,
    pub created_at: DateTime<Utc>,
}

impl From<notification::Model> for NotificationView {
    fn from(row: notification::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            subject_id: row.subject_id,
            title: row.title,
            body: row.body,
            is_read: row.read_at.is_some(),
            created_at: row.created_at,
        }
    }
}
