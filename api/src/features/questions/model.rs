//! The states of a question and what may be done in each.

use chrono::{DateTime, NaiveDate, Utc};
use entity::question::{Model, QuestionStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::clock::local_date;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Asker,
    Staff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionAction {
    Assign,
    Reject,
    Redirect,
    Claim,
    Answer,
    Publish,
    FollowUp,
    Rate,
}

const ALL: [QuestionAction; 8] = [
    QuestionAction::Assign,
    QuestionAction::Reject,
    QuestionAction::Redirect,
    QuestionAction::Claim,
    QuestionAction::Answer,
    QuestionAction::Publish,
    QuestionAction::FollowUp,
    QuestionAction::Rate,
];

/// The table of transitions; `None` is refused. Claiming and rating leave the state as it is.
#[must_use]
pub fn transition(from: QuestionStatus, action: QuestionAction) -> Option<QuestionStatus> {
    use QuestionAction as A;
    use QuestionStatus as S;

    match (from, action) {
        // Also from one expert to another.
        (S::Asked | S::Triaged, A::Assign) => Some(S::Triaged),
        (S::Asked | S::Triaged, A::Reject) => Some(S::Rejected),
        (S::Asked | S::Triaged, A::Redirect) => Some(S::Redirected),
        (S::Triaged, A::Claim) => Some(S::Triaged),
        (S::Triaged, A::Answer) => Some(S::Answered),
        (S::Answered | S::Withdrawn, A::Publish) => Some(S::Published),
        (S::Answered | S::Published, A::FollowUp) => Some(S::Triaged),
        (S::Answered | S::Published | S::Withdrawn, A::Rate) => Some(from),
        _ => None,
    }
}

/// As [`transition`], of a question as it stands: once there is an answer it is not rejected any
/// more, and it is followed up once.
#[must_use]
pub fn next(question: &Model, action: QuestionAction) -> Option<QuestionStatus> {
    use QuestionAction as A;

    let has_answer = question.answer_cipher.is_some();
    match action {
        A::Reject | A::Redirect if has_answer => None,
        A::FollowUp if question.followed_up_at.is_some() => None,
        _ => transition(question.status, action),
    }
}

#[must_use]
pub fn allowed_actions(who: Party, question: &Model) -> Vec<QuestionAction> {
    let is_theirs = |action: &QuestionAction| {
        let is_askers = matches!(action, QuestionAction::FollowUp | QuestionAction::Rate);
        is_askers == (who == Party::Asker)
    };
    let is_free = |action: &QuestionAction| {
        *action != QuestionAction::Claim || question.assignee_id.is_none()
    };
    ALL.into_iter()
        .filter(|action| is_theirs(action) && is_free(action))
        .filter(|action| next(question, *action).is_some())
        .collect()
}

/// Whether an answer is still to come.
#[must_use]
pub fn is_open(status: QuestionStatus) -> bool {
    matches!(status, QuestionStatus::Asked | QuestionStatus::Triaged)
}

/// Whether the day by which it was to be answered is over.
#[must_use]
pub fn is_overdue(status: QuestionStatus, due_on: NaiveDate, now: DateTime<Utc>) -> bool {
    is_open(status) && local_date(now) > due_on
}

/// Title and text as they are kept and reviewed: the first line, and all that follows.
#[must_use]
pub fn content(title: &str, text: &str) -> String {
    format!("{title}\n{text}")
}

#[must_use]
pub fn title_and_text(content: &str) -> (String, String) {
    let (title, text) = content.split_once('\n').unwrap_or((content, ""));
    (title.to_owned(), text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_where() {
        use QuestionAction as A;
        use QuestionStatus as S;

        let allowed = [
            (
                S::Asked,
                vec![
                    (A::Assign, S::Triaged),
                    (A::Reject, S::Rejected),
                    (A::Redirect, S::Redirected),
                ],
            ),
            (
                S::Triaged,
                vec![
                    (A::Assign, S::Triaged),
                    (A::Reject, S::Rejected),
                    (A::Redirect, S::Redirected),
                    (A::Claim, S::Triaged),
                    (A::Answer, S::Answered),
                ],
            ),
            (S::Rejected, vec![]),
            (S::Redirected, vec![]),
            (
                S::Answered,
                vec![(A::Publish, S::Published), (A::FollowUp, S::Triaged), (A::Rate, S::Answered)],
            ),
            (S::Published, vec![(A::FollowUp, S::Triaged), (A::Rate, S::Published)]),
            (S::Withdrawn, vec![(A::Publish, S::Published), (A::Rate, S::Withdrawn)]),
        ];
        assert_eq!(allowed.len(), S::all().count());
        for (from, wanted) in allowed {
            let found: Vec<_> =
                ALL.into_iter().filter_map(|a| Some((a, transition(from, a)?))).collect();
            assert_eq!(found, wanted, "{from:?}");
        }
    }

    #[test]
    fn the_title_is_the_first_line() {
        let whole = content("座椅怎么选", "三岁。\n\n第二段。");
        assert_eq!(title_and_text(&whole), ("座椅怎么选".into(), "三岁。\n\n第二段。".into()));
    }

    #[test]
    fn a_question_is_overdue_after_its_day_in_china() {
        let due: NaiveDate = "2026-11-27".parse().unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert!(!is_overdue(QuestionStatus::Triaged, due, at("2026-11-27T15:59:59Z")));
        assert!(is_overdue(QuestionStatus::Triaged, due, at("2026-11-27T16:00:00Z")));
        assert!(!is_overdue(QuestionStatus::Answered, due, at("2026-12-27T16:00:00Z")));
    }
}
