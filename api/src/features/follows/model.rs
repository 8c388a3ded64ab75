//! What matches what.

use entity::bulletin_event::BulletinEventKind;
use entity::follow::FollowKind;
use entity::lab_capability::ProductClass;
use entity::notification::NotificationKind;

use crate::platform::http::FieldError;
use crate::platform::product_code::folded;

/// What somebody may follow at once.
pub const MOST_FOLLOWS: u64 = 50;

/// The one spelling of what is followed. Whether a region exists is not known here.
///
/// # Errors
/// The value names no class, or holds neither letters nor digits.
pub fn key(kind: FollowKind, value: &str) -> Result<String, FieldError> {
    let wrong = |code, message: &str| FieldError::new("value", code, message);
    match kind {
        FollowKind::ProductClass => ProductClass::all()
            .map(ProductClass::as_str)
            .find(|word| word == value)
            .ok_or_else(|| wrong("unknown_value", "不是允许的产品类别")),
        FollowKind::Brand => {
            folded(value).ok_or_else(|| wrong("invalid_format", "应含有文字或数字"))
        }
        FollowKind::Region => Ok(value.to_owned()),
    }
}

/// The codes above a region, and its own. A follower of any of them hears of what holds in it, and so
/// do those of regions below.
#[must_use]
pub fn lineage(code: &str) -> Vec<String> {
    let ends = [2, 4, 6, 9].into_iter().filter(|end| *end <= code.len());
    ends.filter_map(|end| code.get(..end)).map(str::to_owned).collect()
}

#[must_use]
pub fn notice(kind: BulletinEventKind) -> NotificationKind {
    match kind {
        BulletinEventKind::Published => NotificationKind::BulletinPublished,
        BulletinEventKind::Corrected => NotificationKind::BulletinCorrected,
        BulletinEventKind::Withdrawn => NotificationKind::BulletinWithdrawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_followed_has_one_spelling() {
        let brand = |text| key(FollowKind::Brand, text);
        assert_eq!(brand("Ａ-BC").unwrap(), "abc");
        assert!(brand("--").is_err());
        assert_eq!(key(FollowKind::ProductClass, "clothing").unwrap(), "clothing");
        assert!(key(FollowKind::ProductClass, "Clothing").is_err());
    }

    #[test]
    fn a_region_lies_in_those_above_it() {
        assert_eq!(lineage("110108001"), ["11", "1101", "110108", "110108001"]);
        assert_eq!(lineage("11"), ["11"]);
    }
}
