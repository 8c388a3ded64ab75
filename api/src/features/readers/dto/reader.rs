use chrono::{DateTime, Utc};
use entity::article_share::ShareChannel;
use entity::article_vote::VoteReason;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordReading {
    pub article_id: Uuid,
    /// Where the reader stands, in per cent.
    #[validate(range(min = 0, max = 100))]
    pub progress: i16,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReaderSettings {
    /// Switching it off deletes the history at once.
    pub keeps_history: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReaderSettingsView {
    /// Whether the reading history is kept; never of children.
    pub keeps_history: bool,
    /// A line of it is deleted so many days after the last reading.
    pub history_days: u32,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteArticle {
    pub useful: bool,
    /// Only of what was not useful.
    pub reason: Option<VoteReason>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareArticle {
    pub channel: ShareChannel,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatesQuery {
    /// At most fifty ids of articles, with commas between them.
    #[param(max_length = 1_849, example = "01934f9a-0000-7000-8000-000000000001")]
    pub ids: String,
}

/// An article in a list of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleCard {
    pub title: String,
    pub summary: String,
    pub category: String,
    /// Relative to the server.
    pub cover_url: Option<String>,
    pub cover_alt: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FavouriteView {
    /// The article.
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    /// False once the article is not published any more; then nothing is said of it.
    pub is_available: bool,
    pub article: Option<ArticleCard>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReadingView {
    /// The article.
    pub id: Uuid,
    /// Where the reader stood last, in per cent.
    pub progress: i16,
    pub read_at: DateTime<Utc>,
    /// False once the article is not published any more; then nothing is said of it.
    pub is_available: bool,
    pub article: Option<ArticleCard>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct VoteView {
    pub useful: bool,
    pub reason: Option<VoteReason>,
}

/// What one has to do with an article.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleStateView {
    /// The article.
    pub id: Uuid,
    pub is_favourite: bool,
    /// Where one stood last, in per cent; none when it is not in one's history.
    pub progress: Option<i16>,
    pub read_at: Option<DateTime<Utc>>,
    pub vote: Option<VoteView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleStateList {
    /// In the order asked for, without what is not published.
    pub items: Vec<ArticleStateView>,
}
