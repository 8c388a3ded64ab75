//! Whose reading is remembered.

use crate::platform::auth::Standing;

/// What a child reads is nobody's affair; others say themselves whether they want to find it again.
#[must_use]
pub fn may_keep_history(standing: Standing) -> bool {
    !matches!(standing, Standing::Child | Standing::Seat)
}

#[must_use]
pub fn keeps_history(standing: Standing, wish: Option<bool>) -> bool {
    may_keep_history(standing) && wish.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_kept_unless_unwanted_and_never_of_a_child() {
        for standing in Standing::ALL {
            let is_child = matches!(standing, Standing::Child | Standing::Seat);
            assert_eq!(keeps_history(standing, None), !is_child, "{standing:?}");
            assert_eq!(keeps_history(standing, Some(true)), !is_child, "{standing:?}");
            assert!(!keeps_history(standing, Some(false)), "{standing:?}");
        }
    }
}
