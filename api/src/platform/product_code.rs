//! How products are told apart: barcodes, and names as people write them.

use unicode_normalization::UnicodeNormalization as _;

/// One spelling of a brand, a model or a name: NFKC, small letters, letters and digits only. `None`
/// when nothing is left.
#[must_use]
pub fn folded(text: &str) -> Option<String> {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).collect();
    // Letters that came together may compose.
    let kept: String = plain.nfkc().filter(|c| c.is_alphanumeric()).nfkc().collect();
    (!kept.is_empty()).then_some(kept)
}

/// A barcode by the GS1 General Specifications, sections 1.3 and 7.9: GTIN-8, -12 (UPC-A), -13 or -14, all
/// kept as 14 digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gtin(String);

/// FNC1 as a scanner gives it (GS1 General Specifications, section 7.8).
const GROUP_SEPARATOR: char = '\u{1D}';

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GtinFault {
    /// No 8, 12, 13 or 14 digits.
    Length,
    CheckDigit {
        expected: u32,
    },
}

impl GtinFault {
    /// What whoever typed it reads.
    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::Length => "商品条码应为 8、12、13 或 14 位数字".to_owned(),
            Self::CheckDigit { expected } => format!("商品条码有误，最后一位应为 {expected}"),
        }
    }
}

impl Gtin {
    /// # Errors
    /// What is wrong with the number.
    pub fn parse(text: &str) -> Result<Self, GtinFault> {
        let plain: String = text.nfkc().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let digits: Option<Vec<u32>> = plain.chars().map(|c| c.to_digit(10)).collect();
        let digits = digits.filter(|digits| matches!(digits.len(), 8 | 12 | 13 | 14));
        let Some((last, before)) = digits.as_deref().and_then(<[u32]>::split_last) else {
            return Err(GtinFault::Length);
        };
        let expected = check_digit(before);
        if *last == expected {
            Ok(Self(format!("{plain:0>14}")))
        } else {
            Err(GtinFault::CheckDigit { expected })
        }
    }

    /// What a camera read: the bare number, a GS1 Digital Link (`https://…/01/{gtin}`, GS1 Digital Link
    /// URI Syntax 1.3), or an element string (`(01){gtin}`, or `01{gtin}` as a DataMatrix holds it).
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn scanned(text: &str) -> Result<Self, GtinFault> {
        let text = text.trim();
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if matches!(scheme.as_deref(), Some("https" | "http")) {
            let path = text.split(['?', '#']).next().unwrap_or_default();
            let mut segments = path.split('/');
            let number = segments.find(|one| *one == "01").and_then(|_| segments.next());
            return Self::parse(number.unwrap_or_default());
        }
        match text.split_once("(01)") {
            Some((_, rest)) => Self::parse(rest.get(..14).unwrap_or(rest)),
            None => Self::parse(text).or_else(|fault| {
                let unbracketed = text.trim_start_matches(GROUP_SEPARATOR).strip_prefix("01");
                let number = unbracketed.and_then(|rest| rest.get(..14)).ok_or(fault)?;
                Self::parse(number)
            }),
        }
    }

    /// 14 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// From the right, digits count three times and once in turn.
fn check_digit(before: &[u32]) -> u32 {
    let weighted = before.iter().rev().zip([3, 1].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gtin(text: &str) -> Result<String, GtinFault> {
        Gtin::parse(text).map(|gtin| gtin.as_str().to_owned())
    }

    #[test]
    fn numbers_of_every_length_become_fourteen_digits() {
        for (text, whole) in [
            ("6901234567892", "06901234567892"),
            ("036000291452", "00036000291452"),
            ("0036000291452", "00036000291452"),
            ("96385074", "00000096385074"),
            ("16901234567899", "16901234567899"),
            ("６９０１２３４５６７８９２", "06901234567892"),
            ("690-1234 567892", "06901234567892"),
        ] {
            assert_eq!(gtin(text).as_deref(), Ok(whole), "{text}");
        }
    }

    #[test]
    fn a_wrong_check_digit_says_which_is_expected() {
        assert_eq!(gtin("6901234567890"), Err(GtinFault::CheckDigit { expected: 2 }));
        assert_eq!(gtin("96385070"), Err(GtinFault::CheckDigit { expected: 4 }));
        for text in ["", "1", "690123456789a", "69012345678921234", "六九零一二三四五", "-"]
        {
            assert_eq!(gtin(text), Err(GtinFault::Length), "{text}");
        }
    }

    #[test]
    fn what_a_camera_reads_holds_the_number() {
        let known = Gtin::parse("6901234567892").unwrap();
        for text in [
            " 6901234567892 ",
            "https://id.gs1.org/01/06901234567892",
            "https://example.cn/p/01/06901234567892/10/LOT7?17=270101#x",
            "http://example.cn/01/6901234567892",
            "(01)06901234567892(10)LOT7",
            "HTTPS://ID.GS1.ORG/01/06901234567892",
            "010690123456789210LOT7",
            "\u{1D}010690123456789217270101\u{1D}10LOT7",
        ] {
            assert_eq!(Gtin::scanned(text).as_ref(), Ok(&known), "{text}");
        }
        for text in
            ["https://example.cn/", "https://01/", "https://e.cn/01", "(01)", "(01)六九", "x"]
        {
            assert_eq!(Gtin::scanned(text), Err(GtinFault::Length), "{text}");
        }
    }

    #[test]
    fn spellings_of_a_name_are_one() {
        for text in ["Ａｂｃ－１２３", "abc 123", "ABC-123", "a.b.c/1②3"] {
            let one = folded(text).unwrap();
            assert!(one == "abc123", "{text}: {one}");
        }
        assert_eq!(folded("好孩子®").as_deref(), Some("好孩子"));
        assert_eq!(folded(" -·?%_ "), None);
    }

    proptest! {
        #[test]
        fn every_number_has_exactly_one_check_digit(body in "[0-9]{13}") {
            let right: Vec<u32> =
                (0..10).filter(|digit| gtin(&format!("{body}{digit}")).is_ok()).collect();
            prop_assert_eq!(right.len(), 1);
        }

        #[test]
        fn folding_twice_changes_nothing(text in ".{0,40}") {
            let once = folded(&text);
            prop_assert_eq!(once.as_deref().and_then(folded), once);
        }

        #[test]
        fn no_text_brings_the_parser_down(text in ".{0,60}") {
            let _ = Gtin::scanned(&text);
        }
    }
}
