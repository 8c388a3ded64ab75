//! Numbers of Chinese standards, in one spelling.

/// `GB 6675.1-2014` or `GB/T 16552-2017` out of whatever blanks, dashes, full-width characters and
/// small letters somebody wrote (GB/T 1.1: code, number, parts, year). `None`: it is no such number.
#[must_use]
pub fn normalised_standard(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).map(half_width).collect();
    let plain = plain.to_ascii_uppercase();
    let rest = plain.strip_prefix("GB")?;
    let (code, rest) = [("/T", "GB/T"), ("/Z", "GB/Z"), ("", "GB")]
        .into_iter()
        .find_map(|(mark, code)| Some((code, rest.strip_prefix(mark)?)))?;
    let (number, year) = rest.split_once('-')?;
    let is_number = number.len() <= 12
        && number.split('.').all(|part| {
            !part.is_empty() && !part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit())
        });
    let is_year = year.len() == 4
        && year.bytes().all(|b| b.is_ascii_digit())
        && (year.starts_with("19") || year.starts_with("20"));
    (is_number && is_year).then(|| format!("{code} {number}-{year}"))
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_standard_become_one() {
        for text in
            ["GB 6675.1-2014", "gb6675.1—2014", "ＧＢ　６６７５．１－２０１４", "GB  6675.1–2014 "]
        {
            assert_eq!(normalised_standard(text).as_deref(), Some("GB 6675.1-2014"), "{text}");
        }
        assert_eq!(normalised_standard("GB/T16552-2017").as_deref(), Some("GB/T 16552-2017"));
        assert_eq!(normalised_standard("gb/z 1-1999").as_deref(), Some("GB/Z 1-1999"));
    }

    #[test]
    fn what_is_no_standard_is_refused() {
        for text in [
            "",
            "GB",
            "6675.1-2014",
            "GB 6675.1",
            "GB 6675.1-14",
            "GB 6675.1-3014",
            "GB 6675..1-2014",
            "GB 06675-2014",
            "GB/X 1-2014",
            "GB 1-2014<script>",
            "GB 1234567890123-2014",
        ] {
            assert_eq!(normalised_standard(text), None, "{text}");
        }
    }
}
