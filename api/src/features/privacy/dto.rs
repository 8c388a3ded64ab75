use chrono::{DateTime, NaiveDate, Utc};
use entity::consent::{ConsentChannel, ConsentPurpose};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::ConsentState;
use crate::platform::consent::{Notice, NoticeKind};

/// The notices that are shown today, one of each kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeList {
    pub items: Vec<NoticeSummary>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeSummary {
    #[schema(example = "general-1")]
    pub version: String,
    pub kind: NoticeKind,
    pub title: String,
    pub issued_on: NaiveDate,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    #[serde(flatten)]
    pub notice: Notice,
    pub controller: ControllerView,
}

/// Who is responsible, and where to turn.
#[derive(Debug, Serialize, ToSchema)]
pub struct ControllerView {
    pub name: String,
    pub contact: String,
    /// The person named for children's data (《儿童个人信息网络保护规定》 Art. 8).
    pub children_officer: String,
}

/// One's own consents, one item for each purpose.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentsView {
    /// Of the notice to agree to now.
    pub current_version: String,
    pub items: Vec<ConsentView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentView {
    pub purpose: ConsentPurpose,
    pub state: ConsentState,
    /// Of the notice that was read when it was decided.
    pub version: Option<String>,
    pub channel: Option<ConsentChannel>,
    pub at: Option<DateTime<Utc>>,
    pub is_by_guardian: bool,
}

impl From<&Notice> for NoticeSummary {
    fn from(notice: &Notice) -> Self {
        Self {
            version: notice.version.clone(),
            kind: notice.kind,
            title: notice.title.clone(),
            issued_on: notice.issued_on,
        }
    }
}
