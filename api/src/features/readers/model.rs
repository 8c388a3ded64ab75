//! How votes are counted, and what a poster's code looks like.

use uuid::Uuid;

/// Characters of a poster's code: some 39 bits, few enough to be typed.
pub const CODE_LENGTH: usize = 8;
/// Articles in one question for one's own state.
pub const STATES_MOST: usize = 50;

/// What a vote changes in the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub useful: i32,
    pub not_useful: i32,
}

/// From one's vote before to the one after; none is no vote.
#[must_use]
pub fn delta(before: Option<bool>, after: Option<bool>) -> Delta {
    let count = |vote: Option<bool>, word: bool| i32::from(vote == Some(word));
    Delta {
        useful: count(after, true) - count(before, true),
        not_useful: count(after, false) - count(before, false),
    }
}

/// A code as it is stored, however it was typed; none when it cannot be one.
#[must_use]
pub fn code(text: &str) -> Option<String> {
    let is_code = text.len() == CODE_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_code.then(|| text.to_ascii_uppercase())
}

/// The ids of a list `a,b,c`, each once; none when one of them is no id or there are too many.
#[must_use]
pub fn ids(text: &str) -> Option<Vec<Uuid>> {
    let mut ids: Vec<Uuid> = Vec::new();
    for part in text.split(',') {
        let id = Uuid::try_parse(part).ok()?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > STATES_MOST {
            return None;
        }
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_follow_the_votes() {
        let votes = [None, Some(true), Some(false)];
        let count = |vote: Option<bool>| delta(None, vote);
        for before in votes {
            for after in votes {
                let change = delta(before, after);
                assert_eq!(count(before).useful + change.useful, count(after).useful);
                let kept = count(before).not_useful + change.not_useful;
                assert_eq!(kept, count(after).not_useful);
            }
        }
        assert_eq!(delta(Some(true), Some(true)), Delta::default());
        assert_eq!(delta(Some(true), Some(false)), Delta { useful: -1, not_useful: 1 });
    }

    #[test]
    fn a_code_is_read_as_it_may_be_typed() {
        assert_eq!(code("7f3k9qxw").as_deref(), Some("7F3K9QXW"));
        for text in ["", "7F3K9QX", "7F3K9QXWW", "7F3K9QX%", "七F3K9", "../../ab"] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_of_ids_is_short_and_says_each_once() {
        let list = |count: u128| {
            (0..count).map(|n| Uuid::from_u128(n).to_string()).collect::<Vec<_>>().join(",")
        };
        assert_eq!(ids(&list(50)).map(|ids| ids.len()), Some(50));
        assert_eq!(ids(&list(51)), None);
        assert_eq!(ids(&format!("{0},{0}", Uuid::nil())), Some(vec![Uuid::nil()]));
        for text in ["", ",", "x", &format!("{},", Uuid::nil())] {
            assert_eq!(ids(text), None, "{text}");
        }
    }
}
