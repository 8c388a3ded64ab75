//! Consent to the use of personal data: the texts, the ledger, and the one guard in front of
//! whatever takes such data.
//!
//! 1. The ledger is appended to; what holds is the last decision on a purpose.
//! 2. Every decision, and every use that needs one, locks the account first: a withdrawal and a
//!    use at the same moment take turns.
//! 3. A consent holds as long as the purposes of its version are those of today.

mod give;
mod ledger;
mod notice;

pub use give::{ClientChannel, GiveConsents, WithdrawConsents};
pub use ledger::{
    Decider, Subject, decide, is_withdrawn, last_decisions, lock_account, require_consent,
};
pub use notice::{Notice, NoticeKind, NoticePurpose, NoticeStatement, Notices};
