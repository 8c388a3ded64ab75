//! What becomes of each thing when two accounts turn out to be one person: the younger becomes part
//! of the elder and nothing is lost.

use chrono::{DateTime, NaiveDate, Utc};
use entity::account::{self, AccountStatus, AgeBand, Audience};
use uuid::Uuid;

use super::may_name_school;

/// What happens to the rows of the account that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// They become the survivor's. Where one person may have only one of a kind, the feature has
    /// made room before (`merge_bookings`, `merge_attempts`, `merge_readers`, `merge_follows`).
    Moves,
    /// The one given last stays.
    LatestStays,
    /// There is one an account; the survivor's own stays. What goes can be asked for anew.
    OwnStays,
    /// What holds is said anew of the survivor when it was decided later than what the survivor
    /// said itself; what was said stays as it was said.
    Carried,
    /// Rewritten to the survivor's name, unless it has the same key itself.
    Renamed,
    /// Tells who acted then.
    Stays,
    /// Of seats of a class, which nobody logs in to through WeChat.
    NeverJoined,
    /// The account itself: see [`merged`].
    Itself,
}

/// Every column that can hold an account. A test walks the schema, so that a new one cannot be
/// forgotten.
pub const MERGE: &[(&str, &str, Rule)] = &[
    ("account_conflicts", "account_id", Rule::Moves),
    ("account_deletions", "account_id", Rule::Moves),
    ("account_deletions", "subject_id", Rule::Stays),
    ("accounts", "id", Rule::Itself),
    // Who became part of the loser earlier is part of the survivor now.
    ("accounts", "merged_into", Rule::Moves),
    // Of two about one article the later stays (`merge_readers`, `merge_follows`).
    ("article_favourites", "account_id", Rule::Moves),
    ("article_readings", "account_id", Rule::Moves),
    ("article_votes", "account_id", Rule::Moves),
    ("audit_entries", "actor_id", Rule::Stays),
    ("audit_entries", "object_id", Rule::Stays),
    ("booking_events", "actor_id", Rule::Stays),
    ("booking_pauses", "account_id", Rule::Moves),
    ("bookings", "account_id", Rule::Moves),
    ("bulletin_notices", "account_id", Rule::Moves),
    ("class_seats", "account_id", Rule::NeverJoined),
    ("classes", "teacher_id", Rule::Moves),
    ("complaint_events", "actor_id", Rule::Stays),
    ("complaints", "account_id", Rule::Moves),
    // A ledger: whose data it is about changes, what stands in it does not.
    ("consents", "account_id", Rule::Moves),
    ("consents", "decided_by", Rule::Stays),
    ("consents", "subject_id", Rule::Carried),
    ("correction_requests", "account_id", Rule::Moves),
    ("correction_requests", "subject_id", Rule::Stays),
    // One unfinished copy a person: the loser's is given up and can be asked for again.
    ("data_exports", "account_id", Rule::Moves),
    ("follows", "account_id", Rule::Moves),
    ("guardian_consents", "child_id", Rule::Moves),
    ("guardian_consents", "guardian_id", Rule::Moves),
    ("guardian_invitations", "child_id", Rule::OwnStays),
    ("idempotency_keys", "subject", Rule::Renamed),
    // Ended before, so that nobody comes in by them.
    ("login_sessions", "subject_id", Rule::Moves),
    ("lottery_entries", "account_id", Rule::Moves),
    ("media_files", "account_id", Rule::Moves),
    ("notifications", "account_id", Rule::Moves),
    ("notifications", "subject_id", Rule::Stays),
    ("questions", "account_id", Rule::Moves),
    ("quiz_attempts", "account_id", Rule::Moves),
    ("reader_settings", "account_id", Rule::OwnStays),
    ("real_names", "account_id", Rule::LatestStays),
    ("restricted_records", "subject_id", Rule::Stays),
    ("risk_signals", "account_id", Rule::Moves),
    ("text_reviews", "author_id", Rule::Moves),
    ("text_reviews", "subject_id", Rule::Stays),
    ("wechat_identities", "account_id", Rule::Moves),
];

/// What the survivor looks like afterwards. Whatever it says itself goes before what the other said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    pub status: AccountStatus,
    pub unionid: Option<String>,
    pub audience: Option<Audience>,
    pub region_code: Option<String>,
    pub school_name_cipher: Option<Vec<u8>>,
    /// Of two phones the one bound last.
    pub phone: Option<Phone>,
    pub age: Age,
}

/// What is known of the owner's age. Two accounts that are joined do not contradict each other in
/// it (`joining`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    pub band: Option<AgeBand>,
    pub review_on: Option<NaiveDate>,
    pub review_asked_at: Option<DateTime<Utc>>,
    pub guardian_consent_id: Option<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    pub cipher: Vec<u8>,
    pub index: Vec<u8>,
    pub bound_at: DateTime<Utc>,
}

fn phone(account: &account::Model) -> Option<Phone> {
    let (cipher, index) = (account.phone_cipher.clone()?, account.phone_index.clone()?);
    Some(Phone { cipher, index, bound_at: account.phone_bound_at? })
}

#[must_use]
pub fn merged(survivor: &account::Model, loser: &account::Model) -> Merged {
    let phones = phone(survivor).into_iter().chain(phone(loser));
    // A ban follows the person through every door.
    let is_disabled = [survivor, loser].iter().any(|a| a.status == AccountStatus::Disabled);
    let audience = survivor.audience.or(loser.audience);
    let school = survivor.school_name_cipher.clone().or_else(|| loser.school_name_cipher.clone());
    Merged {
        status: if is_disabled { AccountStatus::Disabled } else { survivor.status },
        unionid: survivor.unionid.clone().or_else(|| loser.unionid.clone()),
        audience,
        region_code: survivor.region_code.clone().or_else(|| loser.region_code.clone()),
        school_name_cipher: school.filter(|_| may_name_school(audience)),
        phone: phones.max_by_key(|phone| phone.bound_at),
        age: Age {
            band: survivor.age_band.or(loser.age_band),
            // The later month protects longer.
            review_on: survivor.age_review_on.max(loser.age_review_on),
            review_asked_at: survivor.age_review_asked_at.or(loser.age_review_asked_at),
            guardian_consent_id: survivor.guardian_consent_id.or(loser.guardian_consent_id),
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::join::tests::account;
    use super::*;

    fn with_phone(id: u128, number: u8, minute: i64) -> account::Model {
        account::Model {
            phone_cipher: Some(vec![number, 0]),
            phone_index: Some(vec![number]),
            phone_bound_at: Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)),
            ..account(id, None)
        }
    }

    fn number(merged: &Merged) -> Option<u8> {
        merged.phone.as_ref().and_then(|phone| phone.index.first().copied())
    }

    #[test]
    fn the_phone_bound_last_stays() {
        let blank = account(1, None);
        let (early, late) = (with_phone(2, 7, 1), with_phone(3, 8, 2));
        for (survivor, loser, wanted) in [
            (&blank, &early, Some(7)),
            (&early, &blank, Some(7)),
            (&early, &late, Some(8)),
            (&late, &early, Some(8)),
            (&blank, &account(9, None), None),
        ] {
            assert_eq!(number(&merged(survivor, loser)), wanted);
        }
    }

    #[test]
    fn the_more_careful_age_stays() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2030, 1, day);
        let asked = Some(DateTime::UNIX_EPOCH);
        let child = |id, review_on, guardian_consent_id| account::Model {
            age_band: Some(AgeBand::Child),
            age_review_on: review_on,
            guardian_consent_id,
            ..account(id, None)
        };
        let ward = child(2, day(1), Some(Uuid::nil()));
        let age = |one: &account::Model, other: &account::Model| merged(one, other).age;
        assert_eq!(age(&account(1, None), &ward).band, Some(AgeBand::Child));
        let both = age(&child(1, day(2), None), &ward);
        assert_eq!((both.review_on, both.guardian_consent_id), (day(2), Some(Uuid::nil())));
        let silent = account::Model { age_review_asked_at: asked, ..child(3, None, None) };
        assert_eq!(age(&ward, &silent).review_asked_at, asked);
    }

    #[test]
    fn gaps_are_filled_and_a_ban_follows_the_person() {
        let survivor = account::Model { region_code: Some("11".into()), ..account(1, None) };
        let loser = account::Model {
            region_code: Some("31".into()),
            audience: Some(Audience::Teacher),
            school_name_cipher: Some(vec![1]),
            status: AccountStatus::Disabled,
            ..account(2, Some("u"))
        };
        let one = merged(&survivor, &loser);
        assert_eq!(one.region_code.as_deref(), Some("11"));
        assert_eq!((one.audience, one.school_name_cipher), (loser.audience, Some(vec![1])));
        assert_eq!((one.status, one.unionid.as_deref()), (AccountStatus::Disabled, Some("u")));
        let resident = account::Model { audience: Some(Audience::Resident), ..survivor };
        assert_eq!(merged(&resident, &loser).school_name_cipher, None);
    }
}
