//! What may become of an article: `draft → in_review → changes_requested ↔ in_review → approved →
//! scheduled → published → corrected* → unpublished | expired | withdrawn`.
//!
//! What the public sees ([`ArticleStatus`]) and how far the next text is ([`ArticleStage`]) are two
//! things: a published article may have a draft or a scheduled text beside it. Who wrote, who reviewed
//! and who published a text are three people (三审三校).

use std::collections::BTreeSet;

use entity::article::{ArticleStage, ArticleStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What somebody may do next. `expire` is the clock's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArticleAction {
    Edit,
    Submit,
    Recall,
    RequestChanges,
    Approve,
    Schedule,
    CancelSchedule,
    Publish,
    Unpublish,
    Withdraw,
    #[serde(skip)]
    Expire,
}

impl ArticleAction {
    /// What staff may do, in the order of a text's way.
    pub const OF_STAFF: [Self; 10] = [
        Self::Edit,
        Self::Submit,
        Self::Recall,
        Self::RequestChanges,
        Self::Approve,
        Self::Schedule,
        Self::CancelSchedule,
        Self::Publish,
        Self::Unpublish,
        Self::Withdraw,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    pub status: ArticleStatus,
    pub stage: ArticleStage,
}

/// Where an action leads; `None` where it is not allowed.
#[must_use]
pub fn next(from: State, action: ArticleAction) -> Option<State> {
    use ArticleStage as Stage;
    use ArticleStatus as Status;
    let State { status, stage } = from;
    if status == Status::Withdrawn {
        return None;
    }
    let to = |stage| Some(State { status, stage });
    // What goes from the public's sight needs a new round before it comes back.
    let taken_down = |status| {
        let stage = if stage == Stage::Done { Stage::Draft } else { stage };
        Some(State { status, stage })
    };
    match (action, stage) {
        // The notes of the reviewer stay open until the text is submitted again.
        (ArticleAction::Edit, Stage::ChangesRequested) => to(Stage::ChangesRequested),
        // A changed text needs a new approval. A scheduled one is not changed under the clock.
        (ArticleAction::Edit, Stage::Draft | Stage::InReview | Stage::Approved | Stage::Done) => {
            to(Stage::Draft)
        }
        (ArticleAction::Submit, Stage::Draft | Stage::ChangesRequested) => to(Stage::InReview),
        (ArticleAction::Recall, Stage::InReview) => to(Stage::Draft),
        (ArticleAction::RequestChanges, Stage::InReview | Stage::Approved) => {
            to(Stage::ChangesRequested)
        }
        (ArticleAction::Approve, Stage::InReview) => to(Stage::Approved),
        (ArticleAction::Schedule, Stage::Approved | Stage::Scheduled) => to(Stage::Scheduled),
        (ArticleAction::CancelSchedule, Stage::Scheduled) => to(Stage::Approved),
        (ArticleAction::Publish, Stage::Approved | Stage::Scheduled) => {
            Some(State { status: Status::Published, stage: Stage::Done })
        }
        (ArticleAction::Unpublish, _) if status == Status::Published => {
            taken_down(Status::Unpublished)
        }
        (ArticleAction::Expire, _) if status == Status::Published => taken_down(Status::Expired),
        (ArticleAction::Withdraw, _) if status != Status::Draft => {
            Some(State { status: Status::Withdrawn, stage: Stage::Done })
        }
        _ => None,
    }
}

/// Who had a hand in a text since it was last published.
#[derive(Clone, Debug, Default)]
pub struct Involved {
    /// Who wrote any of it, and who handed it in.
    pub authors: BTreeSet<Uuid>,
    /// Who approved it.
    pub reviewer: Option<Uuid>,
}

impl Involved {
    /// Whether somebody is the wrong person for an action, for what they did before.
    #[must_use]
    pub fn excludes(&self, who: Uuid, action: ArticleAction) -> bool {
        match action {
            ArticleAction::Approve | ArticleAction::RequestChanges => self.authors.contains(&who),
            ArticleAction::Schedule | ArticleAction::Publish => {
                self.authors.contains(&who) || self.reviewer == Some(who)
            }
            _ => false,
        }
    }
}

/// What `who` may do, given what their roles allow.
#[must_use]
pub fn allowed_actions(
    from: State,
    who: Uuid,
    involved: &Involved,
    has_right: impl Fn(ArticleAction) -> bool,
) -> Vec<ArticleAction> {
    let allowed = |action: &ArticleAction| {
        next(from, *action).is_some() && has_right(*action) && !involved.excludes(who, *action)
    };
    ArticleAction::OF_STAFF.into_iter().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each stage of a text, in the order of [`ArticleAction::OF_STAFF`] without the last two.
    /// `d r c a s` stages by their initial, `p` published, `.` not allowed.
    const TABLE: [(ArticleStage, &str); 6] = [
        (ArticleStage::Draft, "dr......"),
        (ArticleStage::InReview, "d.dca..."),
        (ArticleStage::ChangesRequested, "cr......"),
        (ArticleStage::Approved, "d..c.s.p"),
        (ArticleStage::Scheduled, ".....sap"),
        (ArticleStage::Done, "d......."),
    ];

    #[test]
    fn the_whole_table_is_as_meant() {
        for (stage, row) in TABLE {
            for status in ArticleStatus::all() {
                let from = State { status, stage };
                for (action, wanted) in ArticleAction::OF_STAFF.into_iter().zip(row.chars()) {
                    let wanted = match wanted {
                        _ if status == ArticleStatus::Withdrawn => None,
                        'p' => Some((ArticleStatus::Published, ArticleStage::Done)),
                        'd' => Some((status, ArticleStage::Draft)),
                        'r' => Some((status, ArticleStage::InReview)),
                        'c' => Some((status, ArticleStage::ChangesRequested)),
                        'a' => Some((status, ArticleStage::Approved)),
                        's' => Some((status, ArticleStage::Scheduled)),
                        _ => None,
                    };
                    let found = next(from, action).map(|to| (to.status, to.stage));
                    assert_eq!(found, wanted, "{action:?} from {from:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_public_can_be_taken_down_and_a_withdrawal_is_for_good() {
        for stage in ArticleStage::all() {
            for status in ArticleStatus::all() {
                let from = State { status, stage };
                let to = |action| next(from, action).map(|to| to.status);
                let is_public = status == ArticleStatus::Published;
                let down = |status| is_public.then_some(status);
                assert_eq!(to(ArticleAction::Unpublish), down(ArticleStatus::Unpublished));
                assert_eq!(to(ArticleAction::Expire), down(ArticleStatus::Expired));
                let was_public = !matches!(status, ArticleStatus::Draft | ArticleStatus::Withdrawn);
                let gone = was_public.then_some(ArticleStatus::Withdrawn);
                assert_eq!(to(ArticleAction::Withdraw), gone);
                // A text on its way stays on its way.
                let after = next(from, ArticleAction::Unpublish).map(|to| to.stage);
                let wanted = if stage == ArticleStage::Done { ArticleStage::Draft } else { stage };
                assert!(after.is_none_or(|stage| stage == wanted));
            }
        }
    }

    #[test]
    fn author_reviewer_and_publisher_are_three_people() {
        let [author, reviewer, publisher] = [1, 2, 3].map(Uuid::from_u128);
        let involved = Involved { authors: [author].into(), reviewer: Some(reviewer) };
        for (who, review, publish) in
            [(author, true, true), (reviewer, false, true), (publisher, false, false)]
        {
            for action in ArticleAction::OF_STAFF {
                let wanted = match action {
                    ArticleAction::Approve | ArticleAction::RequestChanges => review,
                    ArticleAction::Schedule | ArticleAction::Publish => publish,
                    _ => false,
                };
                assert_eq!(involved.excludes(who, action), wanted, "{who} {action:?}");
            }
        }
    }

    #[test]
    fn a_button_needs_the_state_the_right_and_the_person() {
        let me = Uuid::from_u128(1);
        let approved = State { status: ArticleStatus::Draft, stage: ArticleStage::Approved };
        let all = |involved: &Involved| allowed_actions(approved, me, involved, |_| true);
        let free = Involved::default();
        assert_eq!(
            all(&free),
            [
                ArticleAction::Edit,
                ArticleAction::RequestChanges,
                ArticleAction::Schedule,
                ArticleAction::Publish
            ]
        );
        let own = Involved { authors: [me].into(), reviewer: None };
        assert_eq!(all(&own), [ArticleAction::Edit]);
        assert!(allowed_actions(approved, me, &free, |_| false).is_empty());
    }
}
