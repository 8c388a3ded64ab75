//! When a pause ends that somebody's no-shows led to.

use chrono::{DateTime, TimeDelta, Utc};

/// So many within `window` pause for `pause`.
#[derive(Clone, Copy, Debug)]
pub struct PauseRule {
    /// 0 is never.
    pub limit: usize,
    pub window: TimeDelta,
    pub pause: TimeDelta,
}

/// The end of the last pause that no-shows at these times, oldest first, led to.
#[must_use]
pub fn pause_until(missed: &[DateTime<Utc>], rule: PauseRule) -> Option<DateTime<Utc>> {
    let before_last = rule.limit.checked_sub(1)?;
    let leads_to_one = |(n, at): (usize, &DateTime<Utc>)| {
        let first = missed.get(n.checked_sub(before_last)?)?;
        (*at - *first < rule.window).then_some(*at + rule.pause)
    };
    missed.iter().enumerate().filter_map(leads_to_one).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_follows_from_what_is_left() {
        let day = |n: i64| DateTime::UNIX_EPOCH + TimeDelta::days(n);
        let rule = PauseRule { limit: 2, window: TimeDelta::days(10), pause: TimeDelta::days(30) };
        assert_eq!(pause_until(&[], rule), None);
        assert_eq!(pause_until(&[day(1)], rule), None);
        assert_eq!(pause_until(&[day(1), day(5)], rule), Some(day(35)));
        assert_eq!(pause_until(&[day(1), day(11)], rule), None, "too far apart");
        assert_eq!(pause_until(&[day(1), day(5), day(14)], rule), Some(day(44)));
        // Without the one in the middle the others are too far apart.
        assert_eq!(pause_until(&[day(1), day(14)], rule), None);
        assert_eq!(pause_until(&[day(1)], PauseRule { limit: 1, ..rule }), Some(day(31)));
        assert_eq!(pause_until(&[day(1), day(1)], PauseRule { limit: 0, ..rule }), None);
    }
}
