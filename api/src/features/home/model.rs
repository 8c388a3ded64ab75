//! How much of each there is, and what is near.

pub const MOST_BANNERS: u64 = 8;
pub const ARTICLES: u64 = 10;
pub const ANNOUNCEMENTS: u64 = 3;
pub const BULLETINS: u64 = 5;
pub const QUIZZES: u64 = 5;
pub const STOPS: u64 = 5;
pub const SLOTS: usize = 5;
/// So many are looked through for those with room.
pub const SLOTS_SEEN: u64 = 200;

/// The category of articles that are announcements.
pub const ANNOUNCEMENT: &str = "notice";

/// Digits of a city's code; people go that far.
const CITY: usize = 4;

/// What a region's code must begin with to be near another one: its city, or its province.
#[must_use]
pub fn vicinity(region_code: &str) -> &str {
    region_code.get(..CITY).unwrap_or(region_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_in_the_same_city() {
        for (code, near) in
            [("110108001", "1101"), ("110108", "1101"), ("1101", "1101"), ("11", "11"), ("", "")]
        {
            assert_eq!(vicinity(code), near);
        }
    }
}
