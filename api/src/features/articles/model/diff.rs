//! What differs between two texts, line by line.

use std::time::Duration;

use similar::TextDiff;

/// Beyond this the rest counts as replaced, so that no pair of texts keeps a thread.
const PATIENCE: Duration = Duration::from_millis(200);

/// A unified diff (as `diff -u`) from `old` to `new` with three lines around each change; empty when
/// they are the same.
#[must_use]
pub fn line_diff(old: &str, new: &str) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    diff.unified_diff().context_radius(3).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_the_lines_that_changed() {
        assert_eq!(line_diff("一\n二\n", "一\n二\n"), "");
        let diff = line_diff("一\n二\n三\n", "一\n两\n三\n");
        assert!(diff.contains("-二\n+两\n") && diff.contains(" 一\n"), "{diff}");
    }
}
