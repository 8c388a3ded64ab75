//! How a log-in finds its account when one person has several doors (protocol 3.18).

use entity::account::{self, AccountStatus, AgeBand};
use entity::account_conflict::ConflictKind;
use entity::wechat_identity;

/// What a log-in does with the accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// Nobody knows this person yet.
    Create,
    /// Somebody with this unionid came in by another door before.
    Attach,
    /// This identity's own account, which learns the unionid when it is new.
    Stay { learns: bool },
    /// Two accounts turn out to be one person.
    Merge,
    /// WeChat contradicts what we know; ours stays until an operator has looked.
    Contradiction(ConflictKind),
}

/// `known` is the identity that logs in and its account; `holder` is the account that has the
/// `reported` unionid.
#[must_use]
pub fn joining(
    known: Option<(&wechat_identity::Model, &account::Model)>,
    holder: Option<&account::Model>,
    reported: Option<&str>,
) -> Joining {
    let Some((identity, own)) = known else {
        return if holder.is_some() { Joining::Attach } else { Joining::Create };
    };
    let Some(reported) = reported else { return Joining::Stay { learns: false } };
    if identity.unionid.as_deref().is_some_and(|known| known != reported) {
        return Joining::Contradiction(ConflictKind::OtherUnionid);
    }
    match (own.unionid.as_deref(), holder) {
        (Some(known), _) if known != reported => {
            Joining::Contradiction(ConflictKind::SecondUnionid)
        }
        (None, Some(holder)) if holder.id != own.id => {
            let can_merge = |account: &account::Model| {
                matches!(account.status, AccountStatus::Active | AccountStatus::Disabled)
            };
            if !is_one_person(own, holder) {
                Joining::Contradiction(ConflictKind::MinorsDiffer)
            } else if can_merge(own) && can_merge(holder) {
                Joining::Merge
            } else {
                // Somebody who is about to leave is not joined to somebody who stays; the next
                // log-in asks again.
                Joining::Stay { learns: false }
            }
        }
        _ => Joining::Stay { learns: true },
    }
}

/// Whether two accounts can be one person's by what they say of age and guardians. A child uses a
/// parent's WeChat more often than a person has two ages: then an operator looks, and neither does
/// the parent lose rights nor the child win any.
fn is_one_person(one: &account::Model, other: &account::Model) -> bool {
    let is_child = |account: &account::Model| account.age_band == Some(AgeBand::Child);
    let ages_fit = match (one.age_band, other.age_band) {
        (Some(one), Some(other)) => one == other,
        _ => !is_child(one) && !is_child(other),
    };
    let guardians = [one, other].iter().filter(|a| a.guardian_consent_id.is_some()).count();
    ages_fit && guardians < 2
}

/// The account that survives, and the one that becomes part of it.
#[must_use]
pub fn elder_first<'a>(
    one: &'a account::Model,
    other: &'a account::Model,
) -> (&'a account::Model, &'a account::Model) {
    let age = |account: &account::Model| (account.created_at, account.id);
    if age(one) <= age(other) { (one, other) } else { (other, one) }
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::{DateTime, TimeDelta};
    use entity::account::AccountKind;
    use uuid::Uuid;

    use super::*;

    pub fn account(id: u128, unionid: Option<&str>) -> account::Model {
        account::Model {
            id: Uuid::from_u128(id),
            status: AccountStatus::Active,
            epoch: 0,
            audience: None,
            region_code: None,
            phone_cipher: None,
            phone_index: None,
            phone_bound_at: None,
            unionid: unionid.map(str::to_owned),
            school_name_cipher: None,
            merged_into: None,
            kind: AccountKind::Person,
            age_band: None,
            age_review_on: None,
            age_review_asked_at: None,
            guardian_consent_id: None,
            created_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(id).unwrap()),
            updated_at: DateTime::UNIX_EPOCH,
            version: 0,
        }
    }

    fn identity(unionid: Option<&str>) -> wechat_identity::Model {
        wechat_identity::Model {
            id: Uuid::nil(),
            account_id: Uuid::nil(),
            appid: String::new(),
            openid: String::new(),
            unionid: unionid.map(str::to_owned),
            session_key_cipher: None,
            created_at: DateTime::UNIX_EPOCH,
            last_login_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_case_has_its_way() {
        let (blank, ours, other) =
            (account(1, None), account(2, Some("u")), account(3, Some("other")));
        let leaving = account::Model { status: AccountStatus::Closing, ..blank.clone() };
        let (new, known, differs) = (identity(None), identity(Some("u")), identity(Some("x")));
        let stay = |learns| Joining::Stay { learns };
        for (known, holder, reported, wanted) in [
            (None, None, None, Joining::Create),
            (None, None, Some("u"), Joining::Create),
            (None, Some(&ours), Some("u"), Joining::Attach),
            (Some((&new, &blank)), None, None, stay(false)),
            (Some((&new, &blank)), None, Some("u"), stay(true)),
            (Some((&known, &ours)), Some(&ours), Some("u"), stay(true)),
            (Some((&new, &ours)), Some(&ours), Some("u"), stay(true)),
            (Some((&new, &blank)), Some(&ours), Some("u"), Joining::Merge),
            (Some((&new, &leaving)), Some(&ours), Some("u"), stay(false)),
            (
                Some((&differs, &blank)),
                Some(&ours),
                Some("u"),
                Joining::Contradiction(ConflictKind::OtherUnionid),
            ),
            (
                Some((&new, &other)),
                Some(&ours),
                Some("u"),
                Joining::Contradiction(ConflictKind::SecondUnionid),
            ),
        ] {
            assert_eq!(joining(known, holder, reported), wanted);
        }
    }

    #[test]
    fn a_child_with_a_parents_telephone_stays_a_child_and_the_parent_a_parent() {
        let of = |band, guardian: Option<u128>| account::Model {
            age_band: band,
            guardian_consent_id: guardian.map(Uuid::from_u128),
            ..account(1, None)
        };
        let (adult, teen, child) = (
            of(Some(AgeBand::Adult), None),
            of(Some(AgeBand::Teen), None),
            of(Some(AgeBand::Child), None),
        );
        let (unknown, ward) = (of(None, None), of(Some(AgeBand::Child), Some(7)));
        for (one, other, wanted) in [
            (&adult, &adult, true),
            (&teen, &teen, true),
            (&child, &ward, true),
            (&unknown, &adult, true),
            (&unknown, &teen, true),
            (&unknown, &unknown, true),
            (&unknown, &child, false),
            (&adult, &child, false),
            (&adult, &teen, false),
            (&teen, &ward, false),
            (&ward, &of(Some(AgeBand::Child), Some(8)), false),
        ] {
            assert_eq!((is_one_person(one, other), is_one_person(other, one)), (wanted, wanted));
        }
    }

    #[test]
    fn the_elder_survives_whoever_asks() {
        let (old, young) = (account(1, None), account(2, None));
        for (one, other) in [(&old, &young), (&young, &old)] {
            let (survivor, loser) = elder_first(one, other);
            assert_eq!((survivor.id, loser.id), (old.id, young.id));
        }
    }
}
