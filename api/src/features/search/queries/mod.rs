mod find;
mod index;
mod sql;
mod words;

pub use find::{
    Asked, COUNTED, Candidates, Found, Narrowing, READ, SORTED, candidates, heads, hits,
};
pub use index::{missing_from, next_articles, put, remove, remove_all};
pub use words::{
    Term, all_words, by_id, count_groups, count_terms, delete_synonyms, insert_synonyms,
    known_tags, known_titles, misses_page, raise_version, replace_words, synonyms_page, trim_terms,
    words_of,
};
