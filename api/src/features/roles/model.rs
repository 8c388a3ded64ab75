//! What a role may be made of, and where it may hold.

use std::borrow::Cow;

use entity::role::{Duty, Reach};
use validator::ValidationError;

use crate::platform::auth::{Scope, perm};
use crate::platform::http::FieldError;

/// # Errors
/// Another character than lower-case letters, digits and `_`.
pub fn code(text: &str) -> Result<(), ValidationError> {
    if text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        return Ok(());
    }
    let message = Cow::Borrowed("只能包含小写字母、数字和下划线");
    Err(ValidationError::new("invalid_format").with_message(message))
}

/// The permissions of a role, each once and in order.
///
/// # Errors
/// A name that is unknown or does not serve the duty.
pub fn permissions(duty: Duty, names: Vec<String>) -> Result<Vec<String>, FieldError> {
    for (index, name) in names.iter().enumerate() {
        let refuse =
            |message| FieldError::new(&format!("permissions[{index}]"), "invalid_format", message);
        let known = perm::STAFF.iter().find(|known| known.name == name);
        let known = known.ok_or_else(|| refuse("没有这种权限"))?;
        if !known.duties.contains(&duty) {
            return Err(refuse("该职责的角色不能有这种权限"));
        }
    }
    let mut names = names;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Whether a role of this reach may hold there.
#[must_use]
pub fn fits(reach: Reach, scope: &Scope) -> bool {
    match reach {
        Reach::Country => matches!(scope, Scope::Country),
        Reach::Region => matches!(scope, Scope::Country | Scope::Region(_)),
        Reach::Lab => matches!(scope, Scope::Lab(_)),
        Reach::Point => matches!(scope, Scope::Point(_)),
    }
}

/// Whether the roles of one person would all have one duty.
#[must_use]
pub fn is_one_duty(duties: impl IntoIterator<Item = Duty>) -> bool {
    let mut duties = duties.into_iter();
    let first = duties.next();
    duties.all(|duty| Some(duty) == first)
}

/// Duties that somebody must always be able to do.
pub const INDISPENSABLE: [Duty; 3] = [Duty::System, Duty::Security, Duty::Audit];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_holds_only_where_it_means_something() {
        let lab: Scope = "lab:00000000-0000-0000-0000-000000000007".parse().unwrap();
        let city: Scope = "region:1101".parse().unwrap();
        for (reach, scope, is_good) in [
            (Reach::Country, &Scope::Country, true),
            (Reach::Country, &city, false),
            (Reach::Region, &Scope::Country, true),
            (Reach::Region, &city, true),
            (Reach::Region, &lab, false),
            (Reach::Lab, &lab, true),
            (Reach::Lab, &Scope::Country, false),
        ] {
            assert_eq!(fits(reach, scope), is_good, "{reach:?} {scope}");
        }
    }

    #[test]
    fn a_role_has_permissions_of_its_duty_only() {
        let ask = |duty, names: &[&str]| {
            permissions(duty, names.iter().map(|name| (*name).to_owned()).collect())
        };
        assert_eq!(
            ask(Duty::Audit, &["staff.read", "audit.read", "staff.read"]).unwrap(),
            ["audit.read", "staff.read"]
        );
        assert!(ask(Duty::Security, &["audit.read"]).is_err());
        assert!(ask(Duty::Business, &["grant.manage"]).is_err());
        assert!(ask(Duty::Business, &["everything"]).is_err());
        // Everybody has it without a role.
        assert!(ask(Duty::Business, &["staff.self"]).is_err());
    }

    #[test]
    fn one_person_has_one_duty() {
        assert!(is_one_duty([]));
        assert!(is_one_duty([Duty::Business, Duty::Business]));
        assert!(!is_one_duty([Duty::Security, Duty::Audit]));
    }
}
