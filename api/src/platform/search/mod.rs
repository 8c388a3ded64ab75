//! Search in Chinese: what a text is found by, what a query asks for, and what is marked in the result.
//! Knows neither a database nor a feature.
//!
//! 1. One tokeniser for both engines, at write time: the databases keep and compare tokens and cut
//!    no text themselves, so they find the same under any locale and without an extension.
//! 2. Chinese is cut into characters and pairs: `质量安全` is `质 量 安 全 质量 量安 安全`. A word is
//!    asked for by its pairs, a single character by itself.
//! 3. Letters and digits are cut where the kind changes, and indexed apart and together, so that
//!    `GB 6675`, `gb6675` and `GB6675.1-2014` meet, and `3C` is a word.
//! 4. Width, case, and traditional characters make no difference (`fold`).
//! 5. Every piece knows where it stood in the original, so that a mark never cuts a character.

mod fold;
mod highlight;
mod html;
mod index;
mod needle;
mod query;
mod scan;

pub use fold::fold_text;
pub use highlight::Highlighter;
pub use html::text_of_html;
pub use index::{IN_HEAD, IN_TITLE, MOST_CHARS, index_tokens};
pub use needle::Needle;
pub use query::{MOST_QUERY_CHARS, Query, QueryError, Synonyms, Wanted};
pub use scan::plain;
