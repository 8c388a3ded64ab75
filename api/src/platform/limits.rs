//! How often who may ask what: the rules of `[limits]`, counted in one place.
//!
//! 1. The gate counts every request, before anything is done for it: by address at once, by account
//!    as soon as it is known who asks. A telephone is known to the use case alone, which says so
//!    ([`Limits::count_phone`]).
//! 2. Reads are counted in the process, each replica for itself, without a round trip and without
//!    an allocation; a rule that allows everything is not there at all.
//! 3. Writes are counted together with the other replicas while there is Redis.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use actix_web::http::Method;
use uuid::Uuid;

use super::config::{LimitBy, LimitRule, OperationClass};
use super::http::{AppResult, ClientAddress};
use super::kv::{Kv, LimitKey, Limiter, Quota};
use crate::operations::{Operation, Operations};

/// Beyond this the time between two is less than a microsecond.
const MOST: u32 = 10_000_000;

/// The operations that tell whose telephone they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneOperation {
    BindPhone,
    SubmitComplaint,
}

impl PhoneOperation {
    const ALL: [Self; 2] = [Self::BindPhone, Self::SubmitComplaint];

    fn id(self) -> &'static str {
        match self {
            Self::BindPhone => "bind_phone",
            Self::SubmitComplaint => "submit_complaint",
        }
    }
}

/// A request, as far as limits look at it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    is_read: bool,
    address: IpAddr,
    operation: Option<&'static Operation>,
}

/// What a rule counts.
#[derive(Debug)]
enum Reach {
    Everything,
    Open,
    Logins,
    Named(Vec<String>),
}

#[derive(Debug)]
struct Rule {
    reach: Reach,
    by: Vec<LimitBy>,
    limiter: Limiter,
}

/// The rules that are counted at one moment.
#[derive(Debug, Default)]
struct Rules {
    rules: Vec<Rule>,
    /// Whether any of them asks which operation it is.
    is_particular: bool,
}

#[derive(Debug, Default)]
pub struct Limits {
    reads: Rules,
    reads_by_account: Rules,
    writes: Rules,
    writes_by_account: Rules,
    phones: Rules,
}

impl Rule {
    fn key(&self, operation: Option<&'static Operation>) -> Option<LimitKey> {
        let is_meant = match &self.reach {
            Reach::Everything => true,
            Reach::Open => operation.is_some_and(|o| o.is_open),
            Reach::Logins => operation.is_some_and(Operation::is_login),
            Reach::Named(ids) => operation.is_some_and(|o| ids.contains(&o.id)),
        };
        is_meant.then(|| LimitKey {
            operation: operation.filter(|_| self.has(LimitBy::Operation)).map(|o| o.id.as_str()),
            ..LimitKey::default()
        })
    }

    fn has(&self, by: LimitBy) -> bool {
        self.by.contains(&by)
    }

    fn count_here(&self, key: LimitKey) -> AppResult<()> {
        self.limiter.take_here(key).allowed()
    }

    async fn count(&self, key: LimitKey) -> AppResult<()> {
        self.limiter.take(key).await.allowed()
    }
}

impl Rules {
    fn add(&mut self, kv: &Kv, name: &str, rule: &LimitRule) {
        let reach = match rule.class {
            Some(OperationClass::Read | OperationClass::Write) => Reach::Everything,
            Some(OperationClass::Anonymous) => Reach::Open,
            Some(OperationClass::Login) => Reach::Logins,
            None => Reach::Named(rule.operations.clone()),
        };
        let by = rule.by.clone();
        self.is_particular |=
            !matches!(reach, Reach::Everything) || by.contains(&LimitBy::Operation);
        let interval = rule.within.duration() / rule.most;
        let quota = Quota { burst: rule.burst.unwrap_or(rule.most), interval };
        self.rules.push(Rule { reach, by, limiter: kv.limiter(name, quota) });
    }

    /// The rules that mean this request, each with its key.
    fn keys(
        &self,
        arrival: &Arrival,
        account: Option<Uuid>,
        phone: Option<[u8; 32]>,
    ) -> impl Iterator<Item = (&Rule, LimitKey)> {
        self.rules.iter().filter_map(move |rule| {
            let mut key = rule.key(arrival.operation)?;
            key.address = rule.has(LimitBy::Address).then_some(arrival.address);
            key.account = account.filter(|_| rule.has(LimitBy::Account));
            key.phone = phone.filter(|_| rule.has(LimitBy::Phone));
            Some((rule, key))
        })
    }
}

impl Limits {
    /// The rules of the settings, which have been checked.
    #[must_use]
    pub fn new(rules: &BTreeMap<String, LimitRule>, kv: &Kv) -> Self {
        let mut limits = Self::default();
        for (name, rule) in rules.iter().filter(|(_, rule)| rule.most > 0) {
            let (reads, writes) = match rule.class {
                Some(OperationClass::Read) => (true, false),
                Some(_) => (false, true),
                None => {
                    let named = || rule.operations.iter().filter_map(|id| operations().get(id));
                    (named().any(Operation::is_read), named().any(|o| !o.is_read()))
                }
            };
            let by_account = rule.by.contains(&LimitBy::Account);
            if rule.by.contains(&LimitBy::Phone) {
                limits.phones.add(kv, name, rule);
                continue;
            }
            if reads {
                let list =
                    if by_account { &mut limits.reads_by_account } else { &mut limits.reads };
                list.add(kv, name, rule);
            }
            if writes {
                let list =
                    if by_account { &mut limits.writes_by_account } else { &mut limits.writes };
                list.add(kv, name, rule);
            }
        }
        limits
    }

    /// Looks at a request; at which operation it asks for only when a rule does.
    #[must_use]
    pub fn arrival(&self, method: &Method, path: &str, address: ClientAddress) -> Arrival {
        let is_read = method.is_safe();
        let [now, later] = if is_read {
            [&self.reads, &self.reads_by_account]
        } else {
            [&self.writes, &self.writes_by_account]
        };
        let is_asked = now.is_particular || later.is_particular;
        let operation = if is_asked { operations().find(method, path) } else { None };
        Arrival { is_read, address: address.household(), operation }
    }

    /// Counts a read of somebody who does not say who it is.
    ///
    /// # Errors
    /// `rate_limited`
    pub fn count_read(&self, arrival: &Arrival) -> AppResult<()> {
        self.reads.keys(arrival, None, None).try_for_each(|(rule, key)| rule.count_here(key))
    }

    /// Counts a request before it is known who asks.
    ///
    /// # Errors
    /// `rate_limited`
    pub async fn count(&self, arrival: &Arrival) -> AppResult<()> {
        if arrival.is_read {
            return self.count_read(arrival);
        }
        for (rule, key) in self.writes.keys(arrival, None, None) {
            rule.count(key).await?;
        }
        Ok(())
    }

    /// Counts it for the one who asks.
    ///
    /// # Errors
    /// `rate_limited`
    pub async fn count_account(&self, arrival: &Arrival, account: Uuid) -> AppResult<()> {
        if arrival.is_read {
            let mut keys = self.reads_by_account.keys(arrival, Some(account), None);
            return keys.try_for_each(|(rule, key)| rule.count_here(key));
        }
        for (rule, key) in self.writes_by_account.keys(arrival, Some(account), None) {
            rule.count(key).await?;
        }
        Ok(())
    }

    #[must_use]
    pub fn counts_phones(&self) -> bool {
        !self.phones.rules.is_empty()
    }

    /// Counts a use of a telephone, of which `index` is the blind index.
    ///
    /// # Errors
    /// `rate_limited`
    pub async fn count_phone(
        &self,
        operation: PhoneOperation,
        index: [u8; 32],
        address: ClientAddress,
        account: Option<Uuid>,
    ) -> AppResult<()> {
        let operation = operations().get(operation.id());
        let arrival = Arrival { is_read: false, address: address.household(), operation };
        for (rule, key) in self.phones.keys(&arrival, account, Some(index)) {
            rule.count(key).await?;
        }
        Ok(())
    }
}

fn operations() -> &'static Operations {
    Operations::shared()
}

/// What is wrong with the rules, one sentence each.
#[must_use]
pub fn nonsense(rules: &BTreeMap<String, LimitRule>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, rule) in rules {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("limits.{name}: {what}"));
            }
        };
        let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        check(name.bytes().all(is_word), "a name is of lower-case letters, digits and _");
        let kinds: HashSet<_> = rule.by.iter().collect();
        check(!rule.by.is_empty(), "`by` says nothing");
        check(kinds.len() == rule.by.len(), "`by` says something twice");
        check(
            rule.class.is_some() == rule.operations.is_empty(),
            "either `class` or `operations` says what is counted",
        );
        for id in &rule.operations {
            check(operations().get(id).is_some(), &format!("there is no operation {id}"));
        }
        check(rule.most <= MOST, "`most` is 10000000 at the most");
        check(
            rule.burst.is_none_or(|burst| burst > 0 && (rule.most == 0 || burst <= rule.most)),
            "`burst` is between 1 and `most`",
        );
        let tells_phone = |id: &String| PhoneOperation::ALL.iter().any(|phone| phone.id() == id);
        check(
            !kinds.contains(&LimitBy::Phone)
                || (rule.class.is_none() && rule.operations.iter().all(tells_phone)),
            "by telephone only the operations that are about one: bind_phone, submit_complaint",
        );
        let is_open = |id: &String| operations().get(id).is_some_and(|o| o.is_open);
        let knows_nobody = match rule.class {
            Some(OperationClass::Anonymous | OperationClass::Login) => true,
            Some(_) => false,
            None => !rule.operations.is_empty() && rule.operations.iter().all(is_open),
        };
        check(
            !(kinds.contains(&LimitBy::Account) && knows_nobody),
            "by account only where it is known who asks",
        );
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::super::config::Window;
    use super::*;

    fn rule(by: &[LimitBy], class: Option<OperationClass>, operations: &[&str]) -> LimitRule {
        LimitRule {
            by: by.to_vec(),
            class,
            operations: operations.iter().map(|id| (*id).to_owned()).collect(),
            most: 5,
            within: Window::Minute,
            burst: None,
        }
    }

    fn complaint(name: &str, rule: LimitRule) -> String {
        nonsense(&BTreeMap::from([(name.to_owned(), rule)])).join("; ")
    }

    #[test]
    fn sense_passes() {
        for good in [
            rule(&[LimitBy::Address], Some(OperationClass::Read), &[]),
            rule(&[LimitBy::Operation], Some(OperationClass::Login), &[]),
            rule(&[LimitBy::Account, LimitBy::Operation], None, &["submit_complaint", "get_me"]),
            rule(&[LimitBy::Phone, LimitBy::Address], None, &["bind_phone"]),
            LimitRule { most: 0, ..rule(&[LimitBy::Address], Some(OperationClass::Write), &[]) },
            LimitRule {
                burst: Some(5),
                ..rule(&[LimitBy::Address], Some(OperationClass::Write), &[])
            },
        ] {
            assert_eq!(complaint("a_rule", good), "");
        }
    }

    #[test]
    fn nonsense_is_named() {
        let write = Some(OperationClass::Write);
        let address = [LimitBy::Address];
        for (name, bad, said) in [
            ("A rule", rule(&address, write, &[]), "lower-case"),
            ("r", rule(&[], write, &[]), "says nothing"),
            ("r", rule(&[LimitBy::Address, LimitBy::Address], write, &[]), "twice"),
            ("r", rule(&address, None, &[]), "either"),
            ("r", rule(&address, write, &["get_me"]), "either"),
            ("r", rule(&address, None, &["get_you"]), "no operation get_you"),
            ("r", LimitRule { most: MOST + 1, ..rule(&address, write, &[]) }, "10000000"),
            ("r", LimitRule { burst: Some(0), ..rule(&address, write, &[]) }, "burst"),
            ("r", LimitRule { burst: Some(6), ..rule(&address, write, &[]) }, "burst"),
            ("r", rule(&[LimitBy::Phone], write, &[]), "telephone"),
            ("r", rule(&[LimitBy::Phone], None, &["get_me"]), "telephone"),
            ("r", rule(&[LimitBy::Account], Some(OperationClass::Login), &[]), "who asks"),
            ("r", rule(&[LimitBy::Account], None, &["login_staff"]), "who asks"),
        ] {
            let complaint = complaint(name, bad);
            assert!(complaint.contains(said), "{said:?} is not in {complaint:?}");
        }
    }

    #[test]
    fn the_operations_with_a_telephone_exist() {
        for phone in PhoneOperation::ALL {
            assert!(operations().get(phone.id()).is_some());
        }
    }
}
