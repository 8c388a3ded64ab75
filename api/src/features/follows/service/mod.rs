mod merge;
mod own;
mod tell;

pub use merge::merge_follows;
pub use own::{create_follow, delete_follow, list_follows};
pub use tell::{tell, tell_followers};
