//! One spelling for everything that is the same to a reader, character by character and with the
//! way back to the original.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

/// A character of the folded text, and the bytes of the original it stands for. Several may stand
/// for the same bytes (`㎏` is `kg`), and one for several (a letter and its accent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    pub c: char,
    pub start: usize,
    pub end: usize,
}

/// The first character that has a simplified form is beyond it.
const FIRST_HAN: u32 = 0x3400;

/// What each character from [`FIRST_HAN`] on is, up to the last that has a simplified form.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table: Vec<char> = ('\u{3400}'..='\u{9FFF}').collect();
    for (c, simplified) in pairs() {
        if let Some(place) = place(c).and_then(|place| table.get_mut(place)) {
            *place = simplified;
        }
    }
    table
});

fn pairs() -> impl Iterator<Item = (char, char)> {
    let lines = include_str!("simplified.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).filter_map(|pair| {
        let mut chars = pair.chars();
        Some((chars.next()?, chars.next()?))
    })
}

fn place(c: char) -> Option<usize> {
    usize::try_from(u32::from(c).checked_sub(FIRST_HAN)?).ok()
}

/// NFKC, which also makes wide characters narrow; then lower case; then simplified characters. What
/// is invisible (soft hyphens, joiners, variation selectors) is left out.
#[must_use]
pub fn fold(text: &str) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(text.len() / 2);
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let mut end = start + c.len_utf8();
        // What belongs to a letter is composed with it.
        while let Some((_, mark)) = chars.next_if(|(_, next)| is_mark(*next)) {
            end += mark.len_utf8();
        }
        let mut push = |c| folded.push(Folded { c, start, end });
        if end - start == c.len_utf8() && is_plain(c) {
            push(simplified(c.to_ascii_lowercase()));
            continue;
        }
        let whole = text.get(start..end).unwrap_or_default();
        for c in whole.nfkc().flat_map(char::to_lowercase).filter(|c| !is_invisible(*c)) {
            push(simplified(c));
        }
    }
    folded
}

/// The folded text, with its signs.
#[must_use]
pub fn fold_text(text: &str) -> String {
    fold(text).iter().map(|piece| piece.c).collect()
}

fn simplified(c: char) -> char {
    place(c).and_then(|place| SIMPLIFIED.get(place)).copied().unwrap_or(c)
}

/// Needs no normalisation beyond ASCII lower case, and belongs to no other. Nearly all of a text:
/// nothing is looked up in the tables of Unicode.
fn is_plain(c: char) -> bool {
    c.is_ascii() || matches!(c, '\u{4E00}'..='\u{9FFF}')
}

fn is_mark(c: char) -> bool {
    c >= '\u{300}' && !is_plain(c) && canonical_combining_class(c) != 0
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_reads_the_same_is_the_same() {
        for (text, same) in [
            ("消費品質量安全", "消费品质量安全"),
            ("電動車發髮", "电动车发发"),
            ("ＧＢ　６６７５．１", "gb 6675.1"),
            ("３Ｃ認證", "3c认证"),
            ("㎏ ① Ⅳ", "kg 1 iv"),
            ("Cafe\u{301}", "caf\u{e9}"),
            ("质\u{200B}量\u{FEFF}", "质量"),
            ("\u{F9D1}", "六"),
            ("苧苎", "苧苎"),
        ] {
            assert_eq!(fold_text(text), same, "{text}");
        }
    }

    #[test]
    fn the_table_is_whole_and_leads_to_an_end() {
        assert_eq!(pairs().count(), 2_851);
        for (c, to) in pairs() {
            assert_eq!((simplified(c), simplified(to)), (to, to), "{c}");
        }
    }

    proptest! {
        #[test]
        fn every_piece_stands_for_whole_characters(text in "\\PC{0,40}[質Ａé\u{301}\u{200B}㎏]{0,8}\\PC{0,9}") {
            let mut last = 0;
            for piece in fold(&text) {
                prop_assert!(text.get(piece.start..piece.end).is_some_and(|part| !part.is_empty()));
                prop_assert!(piece.start >= last);
                last = piece.start;
            }
        }

        #[test]
        fn folding_again_changes_nothing(text in "[\u{4E00}-\u{9FFF}a-zA-Z0-9Ａ-Ｚ０-９ 。，]{0,60}") {
            let once = fold_text(&text);
            prop_assert_eq!(fold_text(&once), once);
        }
    }
}
