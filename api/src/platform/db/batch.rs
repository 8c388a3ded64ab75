//! Statements about many rows that have one of few texts, so that the database keeps their plans.

use sea_orm::sea_query::{CommonTableExpression, InsertStatement, UpdateStatement, WithClause};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

/// Inserts, in an order in which one may refer to rows of those before it, and an update, in one round
/// trip where there is a way to take: PostgreSQL looks at references when a statement is over. Returns
/// how many rows were updated.
///
/// # Errors
/// Something was not written, and the transaction is of no more use.
pub async fn write_at_once(
    conn: &impl ConnectionTrait,
    inserts: Vec<InsertStatement>,
    update: UpdateStatement,
) -> Result<u64, DbErr> {
    if conn.get_database_backend() != DbBackend::Postgres || inserts.is_empty() {
        for insert in &inserts {
            conn.execute(insert).await?;
        }
        return Ok(conn.execute(&update).await?.rows_affected());
    }
    let mut with = WithClause::new();
    // It runs them from the last to the first, and two who write the same should do so in one order.
    for (index, insert) in inserts.into_iter().rev().enumerate() {
        let mut inserted = CommonTableExpression::new();
        inserted.table_name(format!("inserted_{index}")).query(insert);
        with.cte(inserted);
    }
    Ok(conn.execute(&update.with(with)).await?.rows_affected())
}

/// The largest of 1, 2, 3, 4, 6, 8, 12, … that is not above `length`; none is in 0. With those between
/// the powers of two there are seldom more than two parts.
pub fn kept_length(length: usize) -> usize {
    let Some(exponent) = length.checked_ilog2() else { return 0 };
    let power = 1 << exponent;
    let between = power + power / 2;
    if between <= length { between } else { power }
}

/// `rows` in parts of kept lengths, the largest first.
pub fn in_parts<T>(mut rows: Vec<T>) -> Vec<Vec<T>> {
    let mut parts = Vec::new();
    while !rows.is_empty() {
        let rest = rows.split_off(kept_length(rows.len()));
        parts.push(rows);
        rows = rest;
    }
    parts
}

/// A list for `IN`, filled up with its last element to the next kept length.
pub fn padded<T: Clone>(list: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut list: Vec<T> = list.into_iter().collect();
    if let Some(last) = list.last().cloned() {
        while kept_length(list.len()) != list.len() {
            list.push(last.clone());
        }
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
            assert!(is_kept(list.len()) && list.starts_with(&rows));
            assert!(list.len() - length <= length / 2);
            assert!(list[length..].iter().all(|element| *element == length - 1));
        }
        assert!(padded(Vec::<u8>::new()).is_empty());
    }
}
