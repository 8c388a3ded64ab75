//! Statements about many rows that have one of few texts, so that the database keeps their plans.

/// `rows` in parts of 1, 2, 3, 4, 6, 8, 12, … rows, the largest first: with those between the powers
/// of two there are seldom more than two parts.
pub fn in_parts<T>(mut rows: Vec<T>) -> Vec<Vec<T>> {
    let mut parts = Vec::new();
    while let Some(exponent) = rows.len().checked_ilog2() {
        let power = 1 << exponent;
        let between = power + power / 2;
        let rest = rows.split_off(if between <= rows.len() { between } else { power });
        parts.push(rows);
        rows = rest;
    }
    parts
}

/// A list for `IN`, filled up with its last element to the next length of 1, 2, 4, …
pub fn padded<T: Clone>(list: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut list: Vec<T> = list.into_iter().collect();
    if let Some(last) = list.last().cloned() {
        list.resize(list.len().next_power_of_two(), last);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_few_and_nothing_is_lost() {
        assert!(in_parts(Vec::<u8>::new()).is_empty());
        for length in 1..200_usize {
            let rows: Vec<usize> = (0..length).collect();
            let parts = in_parts(rows.clone());
            let is_kept = |n: usize| {
                n.is_power_of_two() || (n.is_multiple_of(3) && (n / 3).is_power_of_two())
            };
            assert!(parts.iter().all(|part| is_kept(part.len())));
            assert_eq!(parts.concat(), rows);
            let list = padded(rows.clone());
            assert!(list.len().is_power_of_two() && list.starts_with(&rows));
            assert!(list[length..].iter().all(|element| *element == length - 1));
        }
        assert!(padded(Vec::<u8>::new()).is_empty());
    }
}
