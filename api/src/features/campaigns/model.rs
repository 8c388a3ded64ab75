//! Pure rules: states, dates, whom a campaign reaches.

use std::borrow::Cow;
use std::collections::HashSet;

use entity::campaign::{self, CampaignStatus};
use validator::ValidationError;

use super::dto::WriteCampaign;
use crate::platform::http::text::one_line;
use crate::platform::http::{AppError, AppResult, FieldError};

const SLOGAN_CHARS: usize = 60;
/// The levels of a region's code.
const LEVELS: [usize; 4] = [2, 4, 6, 9];

/// # Errors
/// One of them is empty, too long, or not one line.
pub fn slogans(slogans: &[String]) -> Result<(), ValidationError> {
    let fits = |slogan: &String| {
        let is_short = (1..=SLOGAN_CHARS).contains(&slogan.chars().count());
        is_short && slogan.trim().len() == slogan.len() && one_line(slogan).is_ok()
    };
    if slogans.iter().all(fits) {
        return Ok(());
    }
    let message = Cow::Borrowed("每条口号应为 1 至 60 个字，首尾无空格");
    Err(ValidationError::new("invalid_format").with_message(message))
}

/// What the shape alone does not tell.
///
/// # Errors
/// `validation_failed` naming every field.
pub fn check(input: &WriteCampaign) -> AppResult<()> {
    let mut wrong = Vec::new();
    if input.ends_on < input.starts_on {
        wrong.push(FieldError::new("ends_on", "out_of_range", "不能早于开始日期"));
    }
    if input.cover_id.is_some() && input.cover_alt.is_none() {
        wrong.push(FieldError::new("cover_alt", "required", "有封面时必填"));
    }
    let mut seen = HashSet::new();
    for (index, item) in input.items.iter().enumerate() {
        if !seen.insert(item) {
            let path = format!("items[{index}].id");
            wrong.push(FieldError::new(&path, "invalid_format", "内容不能重复"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(AppError::fields(wrong)) }
}

/// A draft and an archived campaign may be published, a published one archived.
#[must_use]
pub fn may_become(from: CampaignStatus, to: CampaignStatus) -> bool {
    matches!(
        (from, to),
        (CampaignStatus::Draft | CampaignStatus::Archived, CampaignStatus::Published)
            | (CampaignStatus::Published, CampaignStatus::Archived)
    )
}

/// The codes of a region and of those above it.
#[must_use]
pub fn lineage(region_code: &str) -> Vec<&str> {
    LEVELS.into_iter().filter_map(|length| region_code.get(..length)).collect()
}

/// The campaign to show of several that run: the nearest, and of those the one that began last.
#[must_use]
pub fn foremost(running: Vec<campaign::Model>) -> Option<campaign::Model> {
    let rank = |row: &campaign::Model| {
        let nearness = row.region_code.as_ref().map_or(0, String::len);
        (nearness, row.starts_on, row.published_at, row.id)
    };
    running.into_iter().max_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_reached_by_itself_and_those_above() {
        assert_eq!(lineage("110108001"), ["11", "1101", "110108", "110108001"]);
        assert_eq!(lineage("11"), ["11"]);
        assert!(lineage("").is_empty());
    }

    #[test]
    fn a_slogan_is_a_line() {
        let of = |text: &str| slogans(&[text.to_owned()]).is_ok();
        assert!(of("质量强国") && of(&"字".repeat(SLOGAN_CHARS)));
        for wrong in ["", " 质量", "质\n量", "\u{202e}x", &"字".repeat(SLOGAN_CHARS + 1)] {
            assert!(!of(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_campaign_comes_back_from_the_archive_and_never_to_draft() {
        use CampaignStatus::{Archived, Draft, Published};
        let allowed = [(Draft, Published), (Published, Archived), (Archived, Published)];
        for from in CampaignStatus::all() {
            for to in CampaignStatus::all() {
                assert_eq!(may_become(from, to), allowed.contains(&(from, to)));
            }
        }
    }
}
