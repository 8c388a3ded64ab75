//! A local list of words, for texts that nobody else can be asked about. It finds, it does not
//! acquit: a text without a hit is as unknown as before.

use std::fmt;
use std::path::Path;

use aho_corasick::{AhoCorasick, BuildError};

/// Words to look for, whatever stands between their characters.
#[derive(Clone, Default)]
pub struct Lexicon(Option<AhoCorasick>);

#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    #[error("text_review.lexicon: {0}")]
    Read(#[from] std::io::Error),
    #[error("text_review.lexicon: {0}")]
    Build(#[from] BuildError),
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.as_ref().map_or(0, AhoCorasick::patterns_len);
        write!(f, "Lexicon({words} words)")
    }
}

impl Lexicon {
    /// One word a line; a line that begins with `#` is a remark. No path is an empty list.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(path: &str) -> Result<Self, LexiconError> {
        if path.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self::of(&std::fs::read_to_string(Path::new(path))?)?)
    }

    fn of(lines: &str) -> Result<Self, BuildError> {
        let words = lines.lines().filter(|line| !line.starts_with('#')).map(plain);
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        Ok(Self((!words.is_empty()).then(|| AhoCorasick::new(words)).transpose()?))
    }

    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|words| words.is_match(&plain(text)))
    }
}

/// What is left when one drops what people put between characters to hide a word: case, width,
/// blanks, signs.
fn plain(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_it_is_dressed() {
        let lexicon = Lexicon::of("# 词表\n赌博\n  VX号 \n\n!!!\n").unwrap();
        for text in ["来赌博吧", "来赌 博吧", "赌\u{200B}-博", "加vx号", "ＶＸ号", "v·X——号"]
        {
            assert!(lexicon.finds(text), "{text}");
        }
        for text in ["", "座椅断裂", "赌气", "博弈", "词表", "!!!"] {
            assert!(!lexicon.finds(text), "{text}");
        }
        assert_eq!(format!("{lexicon:?}"), "Lexicon(2 words)");
    }

    #[test]
    fn no_list_finds_nothing_and_a_missing_one_is_an_error() {
        assert!(!Lexicon::open("").unwrap().finds("赌博"));
        assert!(Lexicon::open("/nonexistent/words.txt").is_err());
    }
}
