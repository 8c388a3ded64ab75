//! A text as runs: Chinese (and what is written like it, without blanks) and codes of letters and
//! digits.

use super::fold::{Folded, fold};

/// A part of a code is known by so many characters.
const PART_CHARS: usize = 64;

/// What a reader takes in at once.
#[derive(Clone, Debug)]
pub enum Run {
    /// `质量安全`
    Han(Vec<Folded>),
    /// `GB 6675.1-2014` as `gb 6675 1 2014`
    Code(Vec<Part>),
}

/// Letters or digits.
#[derive(Clone, Debug)]
pub struct Part {
    pub text: String,
    pub start: usize,
    pub end: usize,
    is_number: bool,
}

impl Run {
    /// Without blanks and signs.
    pub fn text(&self) -> String {
        match self {
            Self::Han(chars) => chars.iter().map(|piece| piece.c).collect(),
            Self::Code(parts) => parts.iter().map(|part| part.text.as_str()).collect(),
        }
    }
}

/// Runs are the same when their texts are: a code cannot be Chinese.
impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Run {}

/// What a text says, without signs and in one spelling: its runs with a blank in between.
#[must_use]
pub fn plain(text: &str) -> String {
    let runs: Vec<String> = scan(&fold(text)).iter().map(Run::text).collect();
    runs.join(" ")
}

pub fn scan(text: &[Folded]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut rest = text;
    // What stands between this run and the one before.
    let mut between: &[Folded] = &[];
    while let Some(first) = rest.first() {
        let class = Class::of(first.c);
        let length = rest.iter().take_while(|piece| Class::of(piece.c) == class).count();
        let (piece, after) = rest.split_at(length);
        rest = after;
        match class {
            Class::Sign => {
                between = piece;
                continue;
            }
            Class::Han => runs.push(Run::Han(piece.to_vec())),
            Class::Letter | Class::Digit => {
                let part = part(piece, class == Class::Digit);
                match runs.last_mut() {
                    Some(Run::Code(parts)) if joins(parts.last(), between, &part) => {
                        parts.push(part);
                    }
                    _ => runs.push(Run::Code(vec![part])),
                }
            }
        }
        between = &[];
    }
    runs
}

fn part(piece: &[Folded], is_number: bool) -> Part {
    Part {
        text: piece.iter().take(PART_CHARS).map(|piece| piece.c).collect(),
        start: piece.first().map_or(0, |piece| piece.start),
        end: piece.last().map_or(0, |piece| piece.end),
        is_number,
    }
}

/// `gb6675`, `6675.1`, `GB/T`, `1-2014`; across a blank only a number after letters, as in
/// `GB 6675`: two words of English are two words.
fn joins(before: Option<&Part>, between: &[Folded], after: &Part) -> bool {
    match between {
        [] => true,
        [one] if is_joint(one.c) => true,
        _ => {
            let is_blank = between.iter().all(|piece| piece.c.is_whitespace());
            is_blank && after.is_number && before.is_some_and(|part| !part.is_number)
        }
    }
}

fn is_joint(c: char) -> bool {
    matches!(c, '-' | '.' | '_' | '/' | '·' | '\u{2010}' | '\u{2013}' | '\u{2014}')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Han,
    Letter,
    Digit,
    Sign,
}

impl Class {
    fn of(c: char) -> Self {
        // Nearly all of a text: nothing is looked up in the tables of Unicode.
        if matches!(c, '\u{4E00}'..='\u{9FFF}') {
            Self::Han
        } else if c.is_numeric() && !is_han(c) {
            Self::Digit
        } else if !c.is_alphanumeric() {
            Self::Sign
        } else if is_han(c) {
            Self::Han
        } else {
            Self::Letter
        }
    }
}

/// Scripts without blanks between words: Chinese, kana, Hangul.
fn is_han(c: char) -> bool {
    matches!(
        c,
        '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{312F}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{AC00}'..='\u{D7AF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFD}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Runs by blanks, parts of a code by `|`.
    fn runs(text: &str) -> String {
        let runs = scan(&fold(text)).into_iter().map(|run| match run {
            Run::Han(_) => run.text(),
            Run::Code(parts) => {
                parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("|")
            }
        });
        runs.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_text_is_cut_where_a_reader_cuts_it() {
        for (text, cut) in [
            ("儿童安全座椅，3C认证。", "儿童安全座椅 3|c 认证"),
            ("GB 6675.1-2014", "gb|6675|1|2014"),
            ("gb6675.1—2014", "gb|6675|1|2014"),
            ("ＧＢ／Ｔ　１９１", "gb|t|191"),
            ("the quick brown fox", "the quick brown fox"),
            ("3C, GB", "3|c gb"),
            ("6675 GB", "6675 gb"),
            ("二〇二六年", "二〇二六年"),
            ("…、！？ \n", ""),
            ("质 量", "质 量"),
        ] {
            assert_eq!(runs(text), cut, "{text}");
        }
        assert_eq!(plain(" “3C”認證：GB 6675.1 "), "3c 认证 gb66751");
    }

    proptest! {
        #[test]
        fn a_run_holds_letters_and_digits_alone(text in "\\PC{0,60}") {
            for run in scan(&fold(&text)) {
                let text = run.text();
                prop_assert!(!text.is_empty() && text.chars().all(char::is_alphanumeric));
            }
        }
    }
}
