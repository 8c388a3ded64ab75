//! What is indexed of a document, which hits come first, and what is not counted.

use chrono::{DateTime, Utc};
use entity::article;
use entity::search_document::DocumentKind;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::search::{
    IN_HEAD, IN_TITLE, MOST_CHARS, fold_text, index_tokens, plain, text_of_html,
};

/// A title or a tag is known by so many characters of its one spelling; an index entry of
/// PostgreSQL holds 2,700 bytes, and some single characters are written with eighteen.
const MOST_PLAIN: usize = 300;
/// More digits in a row than any year, and fewer than any telephone.
const PERSONAL_DIGITS: usize = 7;

/// What the public may find, as its owner shows it.
#[derive(Clone, Debug)]
pub struct Document {
    pub kind: DocumentKind,
    pub id: Uuid,
    pub title: String,
    pub tags: Vec<String>,
    /// Plain text; of HTML it is [`text_of_html`]. The first 30,000 characters are indexed.
    pub body: String,
    pub category: Option<String>,
    pub product_class: Option<String>,
    /// None: the whole country.
    pub region_code: Option<String>,
    /// Codes; none is everybody.
    pub audiences: Vec<String>,
    pub published_at: DateTime<Utc>,
}

impl From<&article::Model> for Document {
    fn from(row: &article::Model) -> Self {
        let about = [&row.issuer, &row.document_number].into_iter().flatten();
        let text = std::iter::once(text_of_html(&row.body_html));
        let body: Vec<String> = text.chain(about.cloned()).collect();
        Self {
            kind: DocumentKind::Article,
            id: row.id,
            title: row.title.clone(),
            tags: words(&row.tags).into_iter().chain(words(&row.standards)).collect(),
            body: body.join("\n"),
            category: Some(row.category_code.clone()),
            product_class: row.product_class.map(|class| class.as_str()),
            region_code: row.region_code.clone(),
            audiences: words(&row.audiences),
            published_at: row.published_at.unwrap_or(row.created_at),
        }
    }
}

/// A stored list of words.
fn words(stored: &Value) -> Vec<String> {
    let words = stored.as_array().map(Vec::as_slice).unwrap_or_default();
    words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

/// A document with everything that is stored of it.
pub struct Indexed {
    pub document: Document,
    pub tokens: String,
    pub title_plain: String,
    /// In the order of the tags.
    pub tags_plain: Vec<String>,
    pub body_plain: String,
}

impl Indexed {
    pub fn of(mut document: Document) -> Self {
        document.body = first_chars(&document.body, MOST_CHARS);
        let tags = document.tags.iter().map(String::as_str);
        Self {
            tokens: index_tokens(&document.title, tags, &document.body),
            title_plain: known_by(&document.title),
            tags_plain: document.tags.iter().map(|tag| known_by(tag)).collect(),
            body_plain: plain(&document.body),
            document,
        }
    }

    /// `,community,campus,`, so that one of them is found by the commas around it.
    pub fn audiences(&self) -> String {
        let codes = self.document.audiences.join(",");
        if codes.is_empty() { codes } else { format!(",{codes},") }
    }
}

/// The spelling by which a title or a tag is looked up.
pub fn known_by(text: &str) -> String {
    first_chars(&plain(text), MOST_PLAIN)
}

fn first_chars(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

/// Where a document holds all that was asked for. Comes first what comes first here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HitIn {
    Title,
    /// Title and tags together.
    Tags,
    Text,
}

impl HitIn {
    pub const ALL: [Self; 3] = [Self::Title, Self::Tags, Self::Text];

    /// What stands before its tokens in the index.
    pub fn mark(self) -> Option<char> {
        match self {
            Self::Title => Some(IN_TITLE),
            Self::Tags => Some(IN_HEAD),
            Self::Text => None,
        }
    }

    /// The one whose hits come before.
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Title => None,
            Self::Tags => Some(Self::Title),
            Self::Text => Some(Self::Tags),
        }
    }

    /// The letter of a cursor.
    pub fn letter(self) -> char {
        match self {
            Self::Title => 'a',
            Self::Tags => 'b',
            Self::Text => 'c',
        }
    }

    pub fn of_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|hit| hit.letter() == letter)
    }
}

/// Whether somebody may have typed a telephone, the number of a document, a card or an address of
/// mail. In doubt yes. Numbers of standards (`GB/T 191-2008`) are none.
pub fn looks_personal(text: &str) -> bool {
    // Narrow, and without what is invisible.
    let text = fold_text(text);
    if text.contains('@') {
        return true;
    }
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        if !is_digit(chars.get(at)) {
            at += 1;
            continue;
        }
        let number: String = chars
            .get(at..)
            .unwrap_or_default()
            .iter()
            .copied()
            .take_while(|c| c.is_numeric() || is_gap(*c))
            .collect();
        let is_after_letters = chars
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .find(|c| !c.is_whitespace())
            .is_some_and(char::is_ascii_alphabetic);
        let digits = number.chars().filter(|c| c.is_numeric()).count();
        if digits >= PERSONAL_DIGITS && !(is_after_letters && is_standard(&number)) {
            return true;
        }
        at += number.chars().count();
    }
    false
}

fn is_digit(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_numeric())
}

/// What people write between the digits of a telephone.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '_' | '/' | '(' | ')' | '·' | '—' | '–')
}

/// `6675.1-2014`: a number, perhaps of a part, and the year.
fn is_standard(number: &str) -> bool {
    let number = number.trim_end_matches(is_gap);
    let Some((standard, year)) = number.split_once(['-', '—', '–']) else { return false };
    let is_year = year.len() == 4 && (year.starts_with("19") || year.starts_with("20"));
    let parts: Vec<&str> = standard.split('.').collect();
    let is_number = parts.len() <= 3
        && parts.iter().all(|part| (1..=5).contains(&part.len()))
        && parts.iter().flat_map(|part| part.chars()).all(|c| c.is_ascii_digit());
    is_year && is_number && year.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_personal_is_told_from_what_is_no_secret() {
        for text in [
            "13800138000",
            "138\u{200B}0013\u{200B}8000",
            "138 0013 8000",
            "电话１３８００１３８０００",
            "138-0013-8000 王小明",
            "11010519491231002X",
            "110105194912310",
            "E12345678",
            "62620000",
            "6222 0200 1234 5678",
            "xiaoming@example.cn",
            "gb 13800138000",
            "a 138.0013-8000",
        ] {
            assert!(looks_personal(text), "{text}");
        }
        for text in [
            "GB 6675.1-2014",
            "gb/t 191-2008",
            "GB31241—2022 电池",
            "3C",
            "2026年质量月",
            "12315",
            "",
        ] {
            assert!(!looks_personal(text), "{text}");
        }
    }

    #[test]
    fn a_spelling_stays_short_enough_for_an_index() {
        let longest = known_by(&"\u{FDFA}".repeat(120));
        assert!(longest.len() < 2_000 && longest.chars().count() == MOST_PLAIN);
    }

    #[test]
    fn a_place_of_hits_survives_a_cursor() {
        for hit in HitIn::ALL {
            assert_eq!(HitIn::of_letter(hit.letter()), Some(hit));
            assert_eq!(hit.before().is_none(), hit == HitIn::Title);
        }
        assert_eq!(HitIn::of_letter('d'), None);
    }
}
