//! Finds what looks like somebody's personal data in a text that everybody will read: mobile phone
//! numbers, and citizen identity numbers whose check character is right.

use serde::Serialize;
use utoipa::ToSchema;

use super::content::Content;
use crate::platform::id_number::birthday;

const ID_LENGTH: usize = 18;
const PHONE_LENGTH: usize = 11;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    MobilePhone,
    IdNumber,
}

/// Where something was found. Not what: the text is beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// As the field of a request: `body_markdown`, `media[0].alt`.
    pub field: String,
    pub kind: FindingKind,
    /// In characters from the beginning of the field.
    pub offset: usize,
    /// In characters.
    pub length: usize,
}

#[must_use]
pub fn findings(content: &Content) -> Vec<Finding> {
    content.texts().flat_map(|(field, text)| in_text(&field, text)).collect()
}

fn in_text(field: &str, text: &str) -> Vec<Finding> {
    let chars: Vec<char> = text.chars().map(half_width).collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let (before, rest) = chars.split_at(at);
        let hit = id_number(before, rest)
            .map(|length| (FindingKind::IdNumber, length))
            .or_else(|| phone(before, rest).map(|length| (FindingKind::MobilePhone, length)));
        if let Some((kind, length)) = hit {
            found.push(Finding { field: field.to_owned(), kind, offset: at, length });
        }
        at += hit.map_or(1, |(_, length)| length);
    }
    found
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

fn id_number(before: &[char], rest: &[char]) -> Option<usize> {
    let (number, after) = rest.split_at_checked(ID_LENGTH)?;
    let is_alone = |c: Option<&char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    if !is_alone(before.last()) || !is_alone(after.first()) {
        return None;
    }
    birthday(&number.iter().collect::<String>()).map(|_| ID_LENGTH)
}

/// Eleven digits from 13 to 19, also as 3-4-4 with signs between them or the marks of emphasis, also
/// behind +86.
fn phone(before: &[char], rest: &[char]) -> Option<usize> {
    let before = before.strip_suffix(&['8', '6']).unwrap_or(before);
    if before.last().is_some_and(char::is_ascii_digit)
        || rest.first() != Some(&'1')
        || !rest.get(1).is_some_and(|c| ('3'..='9').contains(c))
    {
        return None;
    }
    let (mut digits, mut length) = (0, 0);
    for c in rest {
        match c {
            c if c.is_ascii_digit() => digits += 1,
            ' ' | '-' | '.' | '*' | '_' | '\u{B7}' if matches!(digits, 3 | 7) => {}
            _ => break,
        }
        if digits > PHONE_LENGTH {
            return None;
        }
        length += 1;
    }
    (digits == PHONE_LENGTH).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(FindingKind, String)> {
        let chars: Vec<char> = text.chars().collect();
        in_text("body_markdown", text)
            .into_iter()
            .map(|one| (one.kind, chars[one.offset..one.offset + one.length].iter().collect()))
            .collect()
    }

    #[test]
    fn phones_and_identity_numbers_are_found_where_they_stand() {
        for phone in [
            "13800138000",
            "138-0013-8000",
            "138 0013 8000",
            "138.0013.8000",
            "138**0013**8000",
            "１３８００１３８０００",
        ] {
            let wanted = [(FindingKind::MobilePhone, phone.to_owned())];
            assert_eq!(found(&format!("联系电话{phone}，谢谢")), wanted);
        }
        assert_eq!(found("+8613800138000").len(), 1);
        assert_eq!(
            found("身份证11010519491231002x和13900139000。"),
            [
                (FindingKind::IdNumber, "11010519491231002x".to_owned()),
                (FindingKind::MobilePhone, "13900139000".to_owned()),
            ]
        );
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "",
            "12315",
            "010-62620000",
            "12800138000",
            "138001380001",
            "91380013800013",
            "11010519491231003X",
            "A11010519491231002X",
            "GB 6675.1-2014，2026年11月20日",
            "6901234567892",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn every_text_of_an_article_is_searched() {
        let mut content = super::super::content::tests::content();
        content.title = "13800138000".to_owned();
        content.source = Some("电话13800138000".to_owned());
        let media_id = uuid::Uuid::nil();
        content.media = vec![super::super::Picture { media_id, alt: "13800138000".to_owned() }];
        let found = findings(&content);
        let fields: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.offset)).collect();
        assert_eq!(fields, [("title", 0), ("source", 2), ("media[0].alt", 0)]);
    }
}
