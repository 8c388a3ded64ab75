//! What somebody may do at the lab of a booking, or in a region.

use entity::booking::BookingStatus;
use entity::lab_report::ReportStatus;
use uuid::Uuid;

use super::model::{Eye, Progress, ResultAction};
use crate::platform::auth::{Staff, perm};

/// As whom a member of staff looks at a booking of a lab.
#[must_use]
pub fn eye(actor: &Staff, lab_id: Uuid) -> Eye {
    Eye::Staff {
        may_manage: actor.labs::<perm::SampleManage>().covers(lab_id),
        may_publish: actor.labs::<perm::ResultPublish>().covers(lab_id),
    }
}

/// What the one who looks may do now. Clients draw their buttons from it.
#[must_use]
pub fn allowed_actions(eye: Eye, progress: &Progress) -> Vec<ResultAction> {
    use ResultAction as A;

    let Progress { status, samples, most_samples, report, is_rateable } = *progress;
    let (may_manage, may_publish) = match eye {
        Eye::Owner => (false, false),
        Eye::Staff { may_manage, may_publish } => (may_manage, may_publish),
    };
    let is_in = matches!(status, BookingStatus::CheckedIn | BookingStatus::Testing);
    let is_valid = report == Some(ReportStatus::Valid);
    let allowed = [
        (A::RegisterSample, may_manage && is_in && samples < most_samples),
        (A::StartTesting, may_manage && status == BookingStatus::CheckedIn && samples > 0),
        (A::Publish, may_publish && status == BookingStatus::Testing),
        (A::Correct, may_publish && report.is_some()),
        (A::Withdraw, may_publish && is_valid),
        (A::Download, eye == Eye::Owner && is_valid),
        (A::Rate, eye == Eye::Owner && is_rateable),
    ];
    allowed.into_iter().filter(|(_, is_allowed)| *is_allowed).map(|(action, _)| action).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: Eye = Eye::Staff { may_manage: true, may_publish: true };

    fn at(status: BookingStatus, samples: u64, report: Option<ReportStatus>) -> Progress {
        let is_rateable = status == BookingStatus::Completed;
        Progress { status, samples, most_samples: 2, report, is_rateable }
    }

    #[test]
    fn each_step_is_offered_when_it_is_due_and_to_whom_it_is_due() {
        use BookingStatus as S;
        use ResultAction as A;

        let (valid, gone) = (Some(ReportStatus::Valid), Some(ReportStatus::Withdrawn));
        for (eye, progress, wanted) in [
            (LAB, at(S::Confirmed, 0, None), vec![]),
            (LAB, at(S::CheckedIn, 0, None), vec![A::RegisterSample]),
            (LAB, at(S::CheckedIn, 1, None), vec![A::RegisterSample, A::StartTesting]),
            (LAB, at(S::CheckedIn, 2, None), vec![A::StartTesting]),
            (LAB, at(S::Testing, 2, None), vec![A::Publish]),
            (LAB, at(S::Completed, 2, valid), vec![A::Correct, A::Withdraw]),
            (LAB, at(S::Completed, 2, gone), vec![A::Correct]),
            (Eye::Owner, at(S::Testing, 2, None), vec![]),
            (Eye::Owner, at(S::Completed, 2, valid), vec![A::Download, A::Rate]),
            (Eye::Owner, at(S::Completed, 2, gone), vec![A::Rate]),
        ] {
            assert_eq!(allowed_actions(eye, &progress), wanted, "{eye:?} {progress:?}");
        }
        let onlooker = Eye::Staff { may_manage: false, may_publish: false };
        for status in [S::CheckedIn, S::Testing, S::Completed] {
            assert_eq!(allowed_actions(onlooker, &at(status, 1, valid)), []);
        }
    }
}
