//! Which grants make sense, and what a user name looks like.

use std::borrow::Cow;

use entity::staff_grant::Role;
use validator::ValidationError;

use super::dto::GrantInput;
use crate::platform::auth::{Grant, Scope};
use crate::platform::http::{AppResult, FieldError};

/// # Errors
/// Another character than lower-case letters, digits, `.`, `-`, `_`.
pub fn username(text: &str) -> Result<(), ValidationError> {
    let is_plain =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
    if text.bytes().all(is_plain) {
        return Ok(());
    }
    let message = Cow::Borrowed("只能包含小写字母、数字、点、连字符和下划线");
    Err(ValidationError::new("invalid_format").with_message(message))
}

/// Reads the grants of a request and refuses a role where it has no meaning.
///
/// # Errors
/// `validation_failed` naming the grant.
pub fn parse_grants(inputs: &[GrantInput]) -> AppResult<Vec<Grant>> {
    let mut grants: Vec<Grant> = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let refuse =
            |message| FieldError::new(&format!("grants[{index}].scope"), "invalid_format", message);
        let scope: Scope = input
            .scope
            .parse()
            .map_err(|_unparsable| refuse("应为 country、region:<代码> 或 lab:<编号>"))?;
        if !fits(input.role, &scope) {
            return Err(refuse("该角色不能用于此范围").into());
        }
        let grant = Grant { role: input.role, scope };
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    Ok(grants)
}

fn fits(role: Role, scope: &Scope) -> bool {
    match role {
        Role::LabStaff => matches!(scope, Scope::Lab(_)),
        Role::CaseHandler => matches!(scope, Scope::Country | Scope::Region(_)),
        Role::ProvinceReporter => matches!(scope, Scope::Region(_)),
        // Content and administration are not split by place.
        Role::HqAdmin | Role::Editor | Role::Reviewer | Role::Auditor => {
            matches!(scope, Scope::Country)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(role: Role, scope: &str) -> bool {
        parse_grants(&[GrantInput { role, scope: scope.to_owned() }]).is_ok()
    }

    #[test]
    fn a_role_holds_only_where_it_means_something() {
        let lab = "lab:00000000-0000-0000-0000-000000000007";
        assert!(parse(Role::LabStaff, lab));
        assert!(!parse(Role::LabStaff, "country"));
        assert!(parse(Role::CaseHandler, "region:1101"));
        assert!(!parse(Role::CaseHandler, lab));
        assert!(!parse(Role::ProvinceReporter, "country"));
        assert!(!parse(Role::Editor, "nowhere"));
    }

    #[test]
    fn user_names_are_plain() {
        assert!(username("wang.wei-01").is_ok());
        assert!(username("Wang").is_err());
        assert!(username("王伟").is_err());
    }
}
