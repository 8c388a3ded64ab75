//! How a text is cut, what WeChat's answers mean, and which texts are drawn for a second look.

use chrono::{DateTime, TimeDelta, Utc};
use entity::text_review::{ReviewReason, ReviewStatus, TextKind};
use wechat::client::mini::{Suggest, TextScene, TextVerdict};
use wechat::{Reaction, WechatError};

/// WeChat takes 2,500 characters, but overlooks in a long text what it finds in a short one.
pub const PIECE: usize = 500;
/// What is cut at the end of a piece stands whole in the next one, up to this length.
pub const OVERLAP: usize = 50;
/// WeChat judges only authors who used the mini-program this recently.
const ACTIVE_FOR: TimeDelta = TimeDelta::hours(2);
const INACTIVE_AUTHOR: i64 = 61010;
/// Version 1 of the check said so instead of `risky`.
const ILLEGAL_CONTENT: i64 = 87014;

/// What came out of looking at a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub status: ReviewStatus,
    pub reason: Option<ReviewReason>,
    pub label: Option<i32>,
    pub trace_id: Option<String>,
}

impl Finding {
    #[must_use]
    pub fn passed(trace_id: Option<String>) -> Self {
        Self { status: ReviewStatus::Passed, reason: None, label: None, trace_id }
    }

    #[must_use]
    pub fn human(reason: ReviewReason) -> Self {
        Self { status: ReviewStatus::NeedsHuman, reason: Some(reason), label: None, trace_id: None }
    }

    #[must_use]
    pub fn rejected(reason: ReviewReason) -> Self {
        Self { status: ReviewStatus::Rejected, ..Self::human(reason) }
    }

    /// What WeChat says of one piece; `None` is "go on".
    #[must_use]
    pub fn of_verdict(verdict: TextVerdict) -> Option<Self> {
        let finding = match verdict.suggest {
            Suggest::Pass => return None,
            Suggest::Review => Self::human(ReviewReason::WechatReview),
            Suggest::Risky => Self::rejected(ReviewReason::WechatRisky),
        };
        let label = i32::try_from(verdict.label.code()).ok();
        Some(Self { label, trace_id: Some(verdict.trace_id), ..finding })
    }

    /// Whether a person is still to look: also at what was rejected without one.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.status, ReviewStatus::NeedsHuman | ReviewStatus::Rejected)
    }
}

/// How a check that got no verdict goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    AskAgain,
    /// WeChat cannot be asked about this text.
    GiveUp(ReviewReason),
    Settle(Finding),
}

#[must_use]
pub fn after_failure(error: &WechatError, is_last: bool) -> AfterFailure {
    match (error.errcode(), error.reaction()) {
        (Some(INACTIVE_AUTHOR), _) => AfterFailure::GiveUp(ReviewReason::AuthorInactive),
        (Some(ILLEGAL_CONTENT), _) => {
            AfterFailure::Settle(Finding::rejected(ReviewReason::WechatRisky))
        }
        // Limits, quotas and outages pass; asking goes on as long as the job does.
        (_, Reaction::Retry | Reaction::Slow | Reaction::Alert | Reaction::Refresh) if !is_last => {
            AfterFailure::AskAgain
        }
        (_, Reaction::Retry | Reaction::Slow | Reaction::Alert | Reaction::Refresh) => {
            AfterFailure::GiveUp(ReviewReason::WechatUnavailable)
        }
        (_, Reaction::User | Reaction::Drop | Reaction::Fix) => {
            AfterFailure::GiveUp(ReviewReason::WechatRefused)
        }
    }
}

/// The nearest of WeChat's four.
#[must_use]
pub fn scene(kind: TextKind) -> TextScene {
    match kind {
        TextKind::ComplaintFacts | TextKind::QuestionContent | TextKind::QuestionFollowUp => {
            TextScene::Comment
        }
    }
}

/// The text in overlapping pieces. Characters are Unicode scalar values, as WeChat counts; blank
/// pieces say nothing and are left out.
#[must_use]
pub fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let mut rest = chars.as_slice();
    loop {
        let (piece, _) = rest.split_at(rest.len().min(PIECE));
        if !piece.iter().all(|c| c.is_whitespace()) {
            pieces.push(piece.iter().collect());
        }
        match rest.get(PIECE - OVERLAP..) {
            Some(next) if rest.len() > PIECE => rest = next,
            _ => return pieces,
        }
    }
}

/// Whether WeChat will judge an author who was last seen then.
#[must_use]
pub fn is_active(last_seen: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last_seen.is_some_and(|seen| now - seen < ACTIVE_FOR)
}

/// Whether a text that passed is drawn, by an even random number.
#[must_use]
pub fn is_drawn(random: u64, per_mille: u32) -> bool {
    random % 1_000 < u64::from(per_mille)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use wechat::client::mini::{Label, TEXT_LIMIT};

    use super::*;
    use crate::platform::clock::SystemClock;
    use crate::platform::ids::Ids;

    #[test]
    fn a_piece_is_what_wechat_takes() {
        const { assert!(OVERLAP < PIECE && PIECE <= TEXT_LIMIT) };
        let lengths = |n: usize| {
            pieces(&"质".repeat(n)).iter().map(|p| p.chars().count()).collect::<Vec<_>>()
        };
        assert_eq!(lengths(1), [1]);
        assert_eq!(lengths(500), [500]);
        assert_eq!(lengths(501), [500, 51]);
        assert_eq!(lengths(950), [500, 500]);
        assert_eq!(lengths(951), [500, 500, 51]);
        assert_eq!(lengths(4_000).len(), 9);
    }

    #[test]
    fn what_a_cut_goes_through_stands_whole_in_the_next_piece() {
        let phrase = "加我微信领奖👩‍👩‍👧";
        for before in 470..=500 {
            let text = format!("{}{phrase}{}", "字".repeat(before), "末".repeat(600));
            assert!(pieces(&text).iter().any(|piece| piece.contains(phrase)), "{before}");
        }
    }

    #[test]
    fn blank_pieces_are_not_asked_about() {
        assert_eq!(pieces(""), Vec::<String>::new());
        assert_eq!(pieces(&" \n\u{3000}".repeat(400)), Vec::<String>::new());
        assert_eq!(pieces(&format!("{}末", " ".repeat(600))).len(), 1);
    }

    proptest! {
        #[test]
        fn every_stretch_up_to_the_overlap_stands_in_a_piece(
            text in proptest::collection::vec(any::<char>(), 1..1_600), at in 0_usize..1_600,
        ) {
            let at = at % text.len();
            let stretch: String = text.iter().skip(at).take(OVERLAP).collect();
            prop_assume!(!stretch.trim().is_empty());
            let whole: String = text.iter().collect();
            let pieces = pieces(&whole);
            prop_assert!(pieces.iter().all(|piece| piece.chars().count() <= PIECE));
            prop_assert!(pieces.iter().any(|piece| piece.contains(&stretch)));
        }
    }

    #[test]
    fn only_pass_goes_on() {
        let of = |suggest| {
            let trace_id = "t".to_owned();
            Finding::of_verdict(TextVerdict { suggest, label: Label::Crime, trace_id })
        };
        assert_eq!(of(Suggest::Pass), None);
        let review = of(Suggest::Review).unwrap();
        assert_eq!((review.status, review.label), (ReviewStatus::NeedsHuman, Some(20006)));
        let risky = of(Suggest::Risky).unwrap();
        assert_eq!(risky.status, ReviewStatus::Rejected);
        assert!(risky.waits() && review.waits() && !Finding::passed(None).waits());
    }

    #[test]
    fn no_failure_passes() {
        let path = wechat::client::paths::CHECK_TEXT;
        for error in [
            WechatError::Timeout { path },
            WechatError::Http { path, status: 502 },
            WechatError::Http { path, status: 404 },
            WechatError::TokenBusy,
        ] {
            for is_last in [false, true] {
                match after_failure(&error, is_last) {
                    AfterFailure::AskAgain => assert!(!is_last, "{error:?} for ever"),
                    AfterFailure::GiveUp(_) => {}
                    AfterFailure::Settle(finding) => {
                        assert_ne!(finding.status, ReviewStatus::Passed)
                    }
                }
            }
        }
    }

    #[test]
    fn an_author_is_active_for_two_hours() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        assert!(is_active(Some(now - TimeDelta::seconds(7_199)), now));
        assert!(!is_active(Some(now - TimeDelta::hours(2)), now));
        assert!(!is_active(None, now));
    }

    #[test]
    fn the_share_that_is_drawn_is_the_one_of_the_setting() {
        let ids = Ids::from_seed(Arc::new(SystemClock), 20);
        for (per_mille, least, most) in
            [(0, 0, 0), (20, 320, 480), (500, 9_700, 10_300), (1_000, 20_000, 20_000)]
        {
            let drawn = (0..20_000).filter(|_| is_drawn(ids.seed(), per_mille)).count();
            assert!((least..=most).contains(&drawn), "{per_mille}: {drawn}");
        }
    }
}
