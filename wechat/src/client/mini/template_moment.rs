//! Times and dates as template values spell them (protocol 2.7: `time`, `date`).

/// `HH:MM[:SS]`, optionally after a date, or two of these joined by `~`.
pub(super) fn is_time_or_range(value: &str) -> bool {
    is_range_of(value, |side| match side.rsplit_once(' ') {
        Some((date, time)) => is_date(date.trim_end()) && is_time(time),
        None => is_time(side),
    })
}

/// A date, optionally with a time after it, or two of these joined by `~`.
pub(super) fn is_date_or_range(value: &str) -> bool {
    is_range_of(value, |side| match side.rsplit_once(' ') {
        Some((date, time)) => is_date(date.trim_end()) && is_time(time),
        None => is_date(side),
    })
}

fn is_range_of(value: &str, is_one: impl Fn(&str) -> bool) -> bool {
    match value.split_once('~') {
        Some((from, to)) => is_one(from.trim()) && is_one(to.trim()),
        None => is_one(value.trim()),
    }
}

fn is_time(text: &str) -> bool {
    let mut parts = text.split(':');
    let hour = parts.next().and_then(|p| number(p, 1..=2));
    let minute = parts.next().and_then(|p| number(p, 2..=2));
    let second = parts.next().map_or(Some(0), |p| number(p, 2..=2));
    let in_day = hour.is_some_and(|h| h < 24)
        && minute.is_some_and(|m| m < 60)
        && second.is_some_and(|s| s < 60);
    in_day && parts.next().is_none()
}

fn is_date(text: &str) -> bool {
    if let Some((year, rest)) = text.split_once('年') {
        return rest
            .split_once('月')
            .and_then(|(month, day)| Some((month, day.strip_suffix('日')?)))
            .is_some_and(|(month, day)| is_day(year, month, day));
    }
    ['-', '/', '.'].into_iter().any(|separator| {
        let mut parts = text.split(separator);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(year), Some(month), Some(day), None) => is_day(year, month, day),
            _ => false,
        }
    })
}

fn is_day(year: &str, month: &str, day: &str) -> bool {
    number(year, 4..=4).is_some()
        && number(month, 1..=2).is_some_and(|m| (1..=12).contains(&m))
        && number(day, 1..=2).is_some_and(|d| (1..=31).contains(&d))
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_a_date() {
        for value in [
            "15:01",
            "15:01:59",
            "2026年11月20日 15:01",
            "2026-11-20 15:01",
            "15:01~16:00",
            "2026年1月2日 15:01~2026年1月3日 16:01",
        ] {
            assert!(is_time_or_range(value), "{value}");
        }
        for value in ["24:00", "15:60", "15", "15:1", "2026-11-20", "15:01:00:00", "tomorrow 15:01"]
        {
            assert!(!is_time_or_range(value), "{value}");
        }
    }

    #[test]
    fn dates_in_the_four_spellings() {
        for value in [
            "2026年11月20日",
            "2026-11-20",
            "2026/1/2",
            "2026.11.20",
            "2026-11-20 15:01",
            "2026-11-20~2026-11-21",
        ] {
            assert!(is_date_or_range(value), "{value}");
        }
        for value in ["2026-13-01", "2026-11-32", "26-11-20", "2026-11", "2026年11月20", "15:01"]
        {
            assert!(!is_date_or_range(value), "{value}");
        }
    }
}
