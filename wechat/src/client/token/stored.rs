//! The shared row of one app's token, and the arithmetic of when to replace it.

use crate::secret::AccessToken;

/// Forced refreshes per day this library allows itself, of the platform's 20 (protocol 1.6, step
/// 4).
pub const FORCED_PER_DAY: u32 = 10;
/// Seconds between two forced refreshes (protocol 1.2).
pub const FORCED_GAP_SECONDS: i64 = 30;
/// The platform replaces a stable token this long before it expires; a little later it is safe to
/// ask.
const ROTATED_BEFORE_EXPIRY: i64 = 290;
/// Least seconds left when a refresh becomes due (protocol 1.5).
const REFRESH_MARGIN: i64 = 600;
/// Least pause between two refreshes, against an endless series for a token about to expire.
const REFRESH_PAUSE: i64 = 10;

/// An access token as the replicas share it. All times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// The token.
    pub token: AccessToken,
    /// When this library first saw the token.
    pub issued_at: i64,
    /// When it stops working.
    pub expires_at: i64,
    /// When to ask the platform for the next one.
    pub refresh_at: i64,
    /// Rises by one whenever the token's value changes.
    pub generation: i64,
    /// Time of the last forced refresh.
    pub last_forced_at: Option<i64>,
    /// Day of `forced_count`, in days since the epoch at UTC+8, where the platform's quotas
    /// restart.
    pub forced_on: i64,
    /// Forced refreshes on that day.
    pub forced_count: u32,
}

impl StoredToken {
    /// The first token of an app, valid for `expires_in` seconds from `now`.
    pub(crate) fn first(token: AccessToken, expires_in: i64, now: i64) -> Self {
        let expires_at = now.saturating_add(expires_in);
        Self {
            token,
            issued_at: now,
            expires_at,
            refresh_at: due_for_new(expires_in, now),
            generation: 1,
            last_forced_at: None,
            forced_on: 0,
            forced_count: 0,
        }
    }

    /// What to store after the platform answered `token`, valid for `expires_in` seconds from
    /// `now`.
    pub(crate) fn followed_by(&self, token: AccessToken, expires_in: i64, now: i64) -> Self {
        if token == self.token {
            // Asked too early: the platform rotates at 300 s, so try again just after (protocol
            // 1.5, point 3).
            return Self {
                expires_at: now.saturating_add(expires_in),
                refresh_at: due_after_rotation(expires_in, now),
                ..self.clone()
            };
        }
        Self {
            generation: self.generation.saturating_add(1),
            last_forced_at: self.last_forced_at,
            forced_on: self.forced_on,
            forced_count: self.forced_count,
            ..Self::first(token, expires_in, now)
        }
    }

    /// Whether the token still works at `now`, as far as its lifetime goes.
    pub fn is_alive(&self, now: i64) -> bool {
        now < self.expires_at
    }

    /// Whether the token may be used at `now` without asking for the next one.
    pub fn is_fresh(&self, now: i64) -> bool {
        now < self.refresh_at && self.is_alive(now)
    }

    /// Whether gap and daily budget allow a forced refresh at `now`.
    pub(crate) fn may_force(&self, now: i64) -> bool {
        let gap_passed =
            self.last_forced_at.is_none_or(|at| now.saturating_sub(at) >= FORCED_GAP_SECONDS);
        gap_passed && (self.forced_on != platform_day(now) || self.forced_count < FORCED_PER_DAY)
    }

    /// The row with a forced refresh at `now` on the books.
    pub(crate) fn with_forced(&self, now: i64) -> Self {
        let today = platform_day(now);
        let before = if self.forced_on == today { self.forced_count } else { 0 };
        Self {
            last_forced_at: Some(now),
            forced_on: today,
            forced_count: before.saturating_add(1),
            ..self.clone()
        }
    }
}

/// When a token never seen before is due: with `max(600 s, 10 %)` of its remaining life left.
fn due_for_new(expires_in: i64, now: i64) -> i64 {
    let margin = REFRESH_MARGIN.max(expires_in / 10);
    if expires_in > margin {
        now.saturating_add(expires_in - margin)
    } else {
        due_after_rotation(expires_in, now)
    }
}

/// When the platform will have replaced a token that has `expires_in` seconds left.
fn due_after_rotation(expires_in: i64, now: i64) -> i64 {
    now.saturating_add((expires_in - ROTATED_BEFORE_EXPIRY).max(REFRESH_PAUSE))
}

/// Days since the epoch at UTC+8.
fn platform_day(now: i64) -> i64 {
    now.saturating_add(8 * 3600).div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn a_new_token_is_due_with_a_tenth_or_ten_minutes_left() {
        assert_eq!(StoredToken::first("a".into(), 7200, NOW).refresh_at, NOW + 7200 - 720);
        assert_eq!(StoredToken::first("a".into(), 3000, NOW).refresh_at, NOW + 3000 - 600);
    }

    #[test]
    fn a_token_with_little_left_is_due_just_after_the_platform_rotates() {
        assert_eq!(StoredToken::first("a".into(), 600, NOW).refresh_at, NOW + 310);
        assert_eq!(StoredToken::first("a".into(), 100, NOW).refresh_at, NOW + 10);
    }

    #[test]
    fn the_same_token_again_is_due_just_after_the_platform_rotates() {
        let first = StoredToken::first("a".into(), 7200, NOW);
        let later = NOW + 6480;
        let same = first.followed_by("a".into(), 720, later);
        assert_eq!(same.refresh_at, later + 430);
        assert_eq!((same.generation, same.issued_at), (1, NOW));
        let other = first.followed_by("b".into(), 7200, later);
        assert_eq!((other.generation, other.issued_at), (2, later));
    }

    #[test]
    fn a_token_is_never_fresh_past_its_life() {
        let token = StoredToken { refresh_at: NOW + 50, ..StoredToken::first("a".into(), 10, NOW) };
        assert!(token.is_fresh(NOW + 9));
        assert!(!token.is_fresh(NOW + 10));
    }

    #[test]
    fn forced_refreshes_keep_gap_and_daily_budget() {
        let mut token = StoredToken::first("a".into(), 7200, NOW);
        let mut now = NOW;
        for _ in 0..FORCED_PER_DAY {
            assert!(token.may_force(now));
            token = token.with_forced(now);
            assert!(!token.may_force(now + FORCED_GAP_SECONDS - 1));
            now += FORCED_GAP_SECONDS;
        }
        assert!(!token.may_force(now), "the day's budget is spent");
        assert!(token.may_force(now + 86_400));
        assert_eq!(token.with_forced(now + 86_400).forced_count, 1);
    }

    #[test]
    fn a_new_token_value_keeps_the_budget() {
        let token = StoredToken::first("a".into(), 7200, NOW).with_forced(NOW);
        let next = token.followed_by("b".into(), 7200, NOW);
        assert_eq!(next.forced_count, 1);
        assert!(!next.may_force(NOW + 1));
    }

    #[test]
    fn the_platform_day_starts_at_midnight_in_beijing() {
        // 2026-11-19T16:00:00Z is midnight of the 20th at UTC+8.
        let midnight = 1_795_104_000;
        assert_eq!(platform_day(midnight), platform_day(midnight - 1) + 1);
    }
}
