//! Pure rules of articles: what is written, what becomes of it, who may do what to it next.

mod content;
mod diff;
mod html;
mod link;
mod personal;
mod render;
mod standard;
mod states;

pub use content::{Content, Picture};
pub use diff::line_diff;
pub use html::{Size, TocEntry};
pub use link::PreviewLink;
pub use personal::{Finding, findings};
pub use render::{Rendered, ShownMedia, referenced_files, render, summarise, summarise_text};
pub use standard::normalised_standard;
pub use states::{ArticleAction, Involved, State, allowed_actions, next};
