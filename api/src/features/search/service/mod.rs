mod find;
mod index;
mod suggest;
mod synonyms;
mod terms;

pub use find::{articles_with, forget, search_documents};
pub use index::{article_changed, enter_all, go_on_reindexing, put, reindex_articles, remove};
pub use suggest::suggest_searches;
pub use synonyms::{create_synonyms, delete_synonyms, list_synonyms, update_synonyms};
pub use terms::list_search_misses;

use crate::platform::http::FieldError;
use crate::platform::search::{MOST_QUERY_CHARS, QueryError};

/// What somebody reads whose query is none.
fn refused(error: QueryError) -> FieldError {
    match error {
        QueryError::TooLong => {
            let most = format!("搜索内容不能超过 {MOST_QUERY_CHARS} 个字");
            FieldError::new("q", "too_long", most)
        }
        QueryError::Empty => FieldError::new("q", "required", "请输入要搜索的文字或数字"),
    }
}
