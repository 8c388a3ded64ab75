//! What a document is found by.

use std::collections::BTreeSet;

use super::fold::fold;
use super::scan::{Part, Run, scan};

/// Stands before a token of the title.
pub const IN_TITLE: char = '§';
/// Stands before a token of the title or the tags.
pub const IN_HEAD: char = '¶';
/// A body is found by its first so many characters; a tsvector holds a megabyte.
pub const MOST_CHARS: usize = 30_000;
/// All tokens of a document together: a text of nothing but codes stays below the megabyte, too.
const MOST_BYTES: usize = 600_000;
/// So many parts of a code are joined.
pub(super) const SPAN: usize = 6;

/// The tokens of a document, each once, with a blank in between: those of all its text, those of its
/// title again behind [`IN_TITLE`], and those of title and tags behind [`IN_HEAD`].
///
/// A mark is neither letter nor digit, so no token of a text begins with one. Weights as PostgreSQL
/// keeps them (`setweight`) would need positions, which double a `tsvector`, and a look at every row
/// that is found; a token of its own is answered by the index.
#[must_use]
pub fn index_tokens<'a>(
    title: &str,
    tags: impl IntoIterator<Item = &'a str>,
    body: &str,
) -> String {
    let mut tokens = Tokens::default();
    tokens.add(title, &[None, Some(IN_TITLE), Some(IN_HEAD)]);
    for tag in tags {
        tokens.add(tag, &[None, Some(IN_HEAD)]);
    }
    tokens.add(body, &[None]);
    tokens.all.into_iter().collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Tokens {
    all: BTreeSet<String>,
    bytes: usize,
}

impl Tokens {
    fn add(&mut self, text: &str, marks: &[Option<char>]) {
        for run in scan(&fold(text)) {
            for token in tokens_of(&run) {
                if self.bytes > MOST_BYTES {
                    return;
                }
                for mark in marks {
                    let marked = mark.iter().copied().chain(token.chars()).collect::<String>();
                    let length = marked.len() + 1;
                    if self.all.insert(marked) {
                        self.bytes += length;
                    }
                }
            }
        }
    }
}

fn tokens_of(run: &Run) -> Vec<String> {
    match run {
        Run::Han(chars) => {
            let single = chars.iter().map(|piece| piece.c.to_string());
            let pairs = chars.windows(2).map(|pair| pair.iter().map(|piece| piece.c).collect());
            single.chain(pairs).collect()
        }
        Run::Code(parts) => spans(parts).map(joined).collect(),
    }
}

/// Every few parts that stand together.
pub(super) fn spans(parts: &[Part]) -> impl Iterator<Item = &[Part]> {
    (1..=SPAN).flat_map(move |length| parts.windows(length))
}

pub(super) fn joined(parts: &[Part]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chinese_is_characters_and_pairs_and_codes_are_parts_and_joints() {
        assert_eq!(index_tokens("", [], "质量质量"), "质 质量 量 量质");
        assert_eq!(index_tokens("", [], "GB 6675.1"), "1 6675 66751 gb gb6675 gb66751");
        assert_eq!(index_tokens("甲", ["乙"], "丙"), "§甲 ¶乙 ¶甲 丙 乙 甲");
    }

    #[test]
    fn the_longest_text_fits_a_tsvector() {
        let codes: String = (0..MOST_CHARS).map(|n| if n % 2 == 0 { 'a' } else { '1' }).collect();
        let numbers: String = (10_000..16_000).map(|n| format!("{n}.")).collect();
        for text in [codes, numbers] {
            assert!(index_tokens(&text, [], &text).len() < 1_000_000);
        }
    }

    proptest! {
        #[test]
        fn a_token_is_nothing_that_an_engine_would_read(text in "\\PC{0,80}") {
            for token in index_tokens(&text, [text.as_str()], &text).split(' ').filter(|t| !t.is_empty()) {
                let bare = token.trim_start_matches([IN_TITLE, IN_HEAD]);
                prop_assert!(bare.chars().all(char::is_alphanumeric), "{}", token);
            }
        }
    }
}
