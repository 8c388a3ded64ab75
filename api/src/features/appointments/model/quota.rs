//! A quota is a set of numbers from 1 to its limit. Each open booking has one of them, and a unique
//! index gives each number once: so the quota holds however many ask at the same moment.

/// What a quota says to one more booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// There is no limit, or nobody whom it could count.
    Unlimited,
    Free(i32),
    Exhausted,
}

impl Number {
    #[must_use]
    pub fn value(self) -> Option<i32> {
        match self {
            Self::Free(number) => Some(number),
            Self::Unlimited | Self::Exhausted => None,
        }
    }
}

/// The smallest number that is not in use. A limit of 0 is none.
#[must_use]
pub fn free_number(used: impl IntoIterator<Item = i32>, limit: u16) -> Number {
    if limit == 0 {
        return Number::Unlimited;
    }
    let used: Vec<i32> = used.into_iter().collect();
    let free = (1..=i32::from(limit)).find(|number| !used.contains(number));
    free.map_or(Number::Exhausted, Number::Free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_number_is_given_until_there_is_none() {
        assert_eq!(free_number([], 2), Number::Free(1));
        assert_eq!(free_number([2, 1], 3), Number::Free(3));
        assert_eq!(free_number([3, 1], 3), Number::Free(2));
        assert_eq!(free_number([3, 1, 2], 3), Number::Exhausted);
        // After the limit was lowered.
        assert_eq!(free_number([7, 1, 2], 2), Number::Exhausted);
        assert_eq!(free_number([1, 2, 3], 0), Number::Unlimited);
    }
}
