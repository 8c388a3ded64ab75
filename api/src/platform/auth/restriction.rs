//! What a member of staff has to do before anything else (GB/T 22239-2019, 8.1.4.1 a and d).

use chrono::{DateTime, TimeDelta, Utc};
use entity::staff_member;
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::config;
use crate::platform::http::ErrorCode;

/// While it holds, a session may do nothing but what `staff.self` allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// The password is known to somebody else, or too old.
    ChangePassword,
    /// A second factor is required and there is none.
    EnrolSecondFactor,
}

impl Restriction {
    #[must_use]
    pub fn of(
        auth: &config::Auth,
        member: &staff_member::Model,
        has_factor: bool,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let is_old = password_expiry(auth, member).is_some_and(|end| end <= now);
        if member.must_change_password || is_old {
            return Some(Self::ChangePassword);
        }
        let is_bare = auth.second_factor == config::SecondFactor::Required && !has_factor;
        is_bare.then_some(Self::EnrolSecondFactor)
    }

    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::ChangePassword => ErrorCode::PasswordChangeRequired,
            Self::EnrolSecondFactor => ErrorCode::SecondFactorEnrolmentRequired,
        }
    }
}

/// When the password has to be changed; never where passwords do not age.
#[must_use]
pub fn password_expiry(auth: &config::Auth, member: &staff_member::Model) -> Option<DateTime<Utc>> {
    let days = i64::from(auth.password_max_age_days);
    let since = member.password_changed_at.unwrap_or(member.created_at);
    (days > 0).then(|| since + TimeDelta::days(days))
}

#[cfg(test)]
mod tests {
    use entity::staff_member::StaffStatus;
    use uuid::Uuid;

    use super::*;
    use crate::platform::config::{SecondFactor, load};

    fn member(changed_at: Option<DateTime<Utc>>, must_change: bool) -> staff_member::Model {
        staff_member::Model {
            id: Uuid::nil(),
            username: "wang".to_owned(),
            display_name: "王".to_owned(),
            password_hash: String::new(),
            status: StaffStatus::Active,
            epoch: 0,
            failed_logins: 0,
            locked_until: None,
            last_failed_at: None,
            last_login_at: None,
            password_changed_at: changed_at,
            must_change_password: must_change,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 0,
        }
    }

    #[test]
    fn the_password_comes_before_the_second_factor() {
        let mut auth = load(None).unwrap().0.auth;
        auth.password_max_age_days = 90;
        let day = |n| DateTime::UNIX_EPOCH + TimeDelta::days(n);
        let of = |auth: &config::Auth, member: &staff_member::Model, has_factor, now| {
            Restriction::of(auth, member, has_factor, now)
        };
        assert_eq!(of(&auth, &member(None, false), false, day(89)), None);
        let due = Some(Restriction::ChangePassword);
        assert_eq!(of(&auth, &member(None, false), true, day(90)), due);
        assert_eq!(of(&auth, &member(Some(day(1)), false), true, day(90)), None);
        assert_eq!(of(&auth, &member(Some(day(90)), true), true, day(90)), due);
        auth.second_factor = SecondFactor::Required;
        assert_eq!(of(&auth, &member(None, false), true, day(1)), None);
        let bare = Some(Restriction::EnrolSecondFactor);
        assert_eq!(of(&auth, &member(None, false), false, day(1)), bare);
        assert_eq!(of(&auth, &member(None, true), false, day(1)), due);
        auth.password_max_age_days = 0;
        assert_eq!(of(&auth, &member(None, false), true, day(9_999)), None);
    }
}
