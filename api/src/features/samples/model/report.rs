//! What a report must hold, and the code by which it is asked about.

use std::collections::HashSet;

use entity::lab_result::ResultVerdict;
use entity::sample::{self, SampleStatus};
use uuid::Uuid;

use crate::platform::http::FieldError;

/// Characters of a code, at 4.9 bits: 98 bits that nobody guesses.
pub const CODE_LENGTH: usize = 20;
const GROUP: usize = 5;

/// `7KQ2M-F9XWT-…`: as it is printed and read aloud.
#[must_use]
pub fn spoken_code(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// A code as it is stored, from however somebody typed it. `None`: it is none of ours.
#[must_use]
pub fn written_code(text: &str) -> Option<String> {
    let is_letter = |letter: &char| !matches!(letter, '-' | ' ');
    let code: String = text.chars().filter(is_letter).collect();
    let is_ours = code.len() == CODE_LENGTH && code.bytes().all(|b| b.is_ascii_alphanumeric());
    is_ours.then(|| code.to_ascii_uppercase())
}

/// Where everybody may see what is known of a report; relative to the server.
#[must_use]
pub fn page_path(code: &str) -> String {
    format!("/reports/{}", spoken_code(code))
}

/// The whole fails with one item; without any that was judged there is nothing to conclude.
#[must_use]
pub fn conclusion(verdicts: impl IntoIterator<Item = ResultVerdict>) -> ResultVerdict {
    let verdicts: HashSet<ResultVerdict> = verdicts.into_iter().collect();
    let of = [ResultVerdict::Fail, ResultVerdict::Pass].into_iter();
    of.into_iter().find(|one| verdicts.contains(one)).unwrap_or(ResultVerdict::NotJudged)
}

/// What makes a finding one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finding<'a> {
    pub sample_id: Uuid,
    pub item: &'a str,
    pub standard: &'a str,
}

/// Every finding is of a sample of the booking and made once, and no sample is left out but those
/// that were given back.
///
/// # Errors
/// The first field that is wrong.
pub fn check_findings(
    samples: &[sample::Model],
    findings: &[Finding<'_>],
) -> Result<(), FieldError> {
    let mut seen = HashSet::new();
    for (index, finding) in findings.iter().enumerate() {
        let at = |field: &str| format!("items[{index}].{field}");
        if !samples.iter().any(|sample| sample.id == finding.sample_id) {
            let message = "不是该预约的样品";
            return Err(FieldError::new(&at("sample_id"), "unknown_value", message));
        }
        if !seen.insert(finding) {
            let message = "同一样品的同一项目和标准只能出现一次";
            return Err(FieldError::new(&at("item"), "invalid_format", message));
        }
    }
    let is_left_out = |sample: &&sample::Model| {
        sample.status != SampleStatus::Returned
            && !findings.iter().any(|finding| finding.sample_id == sample.id)
    };
    match samples.iter().find(is_left_out) {
        None => Ok(()),
        Some(sample) => {
            let message = format!("样品 {} 没有检测结果", sample.number);
            Err(FieldError::new("items", "required", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = "23456789ABCDEFGHJKMN";
        assert_eq!(code.len(), CODE_LENGTH);
        assert_eq!(spoken_code(code), "23456-789AB-CDEFG-HJKMN");
        for typed in [code, "23456-789AB-CDEFG-HJKMN", "23456 789ab cdefg hjkmn"] {
            assert_eq!(written_code(typed).as_deref(), Some(code));
        }
        for wrong in
            ["", "2345", "23456789ABCDEFGHJKMNP", "23456789ABCDEFGHJK码", "%3456789ABCDEFGHJKMN"]
        {
            assert_eq!(written_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_failure_fails_the_whole() {
        use ResultVerdict::{Fail, NotJudged, Pass};

        assert_eq!(conclusion([Pass, NotJudged, Fail]), Fail);
        assert_eq!(conclusion([NotJudged, Pass]), Pass);
        assert_eq!(conclusion([NotJudged]), NotJudged);
    }
}
