//! What was found, marked in the original text, as HTML that holds nothing but `<mark>`.

use std::fmt::Write as _;

use super::fold::{Folded, fold};
use super::index::{SPAN, joined, spans};
use super::query::Wanted;
use super::scan::{Run, scan};

/// A hit is looked for in so much of a body; an excerpt without one is its beginning.
const LOOKED_THROUGH: usize = 5_000;
/// Characters before the first hit.
const BEFORE: usize = 24;

/// Marks what a query wants.
#[derive(Clone, Debug)]
pub struct Highlighter {
    /// Chinese words, longest first.
    words: Vec<Vec<char>>,
    /// The same as texts.
    spelled: Vec<String>,
    codes: Vec<String>,
}

impl Highlighter {
    #[must_use]
    pub fn new(wanted: &Wanted) -> Self {
        let (mut words, mut codes): (Vec<Vec<char>>, _) = (Vec::new(), Vec::new());
        for run in wanted.marked.iter().flatten() {
            match run {
                Run::Han(chars) => words.push(chars.iter().map(|piece| piece.c).collect()),
                Run::Code(parts) if parts.len() <= SPAN => codes.push(joined(parts)),
                Run::Code(parts) => codes.extend(parts.windows(SPAN).map(joined)),
            }
        }
        let spelled = words.iter().map(|word| word.iter().collect()).collect();
        Self { words, spelled, codes }
    }

    /// The whole text, escaped, with its hits marked.
    #[must_use]
    pub fn mark(&self, text: &str) -> String {
        render(text, &self.hits(text))
    }

    /// About `most` characters around the first hit.
    #[must_use]
    pub fn excerpt(&self, text: &str, most: usize) -> String {
        let text = first_chars(text, LOOKED_THROUGH);
        let first = self.first_hit(text).unwrap_or_default();
        let before = text.get(..first).unwrap_or_default();
        let start = before.char_indices().rev().take(BEFORE).last().map_or(first, |(at, _)| at);
        let rest = text.get(start..).unwrap_or_default();
        let shown = first_chars(rest, most);
        // A little more than is shown, for a hit that the end cuts.
        let inside: Vec<(usize, usize)> = self
            .hits(first_chars(rest, most + BEFORE))
            .into_iter()
            .filter(|(from, _)| *from < shown.len())
            .map(|(from, to)| (from, to.min(shown.len())))
            .collect();
        let head = if start > 0 { "…" } else { "" };
        let tail = if shown.len() < rest.len() { "…" } else { "" };
        format!("{head}{}{tail}", render(shown, &inside))
    }

    /// Where a hit begins. Most texts hold a word as it is looked for: then there is no need to read
    /// them character by character.
    fn first_hit(&self, text: &str) -> Option<usize> {
        let as_it_is = self.spelled.iter().filter_map(|word| text.find(word.as_str())).min();
        as_it_is.or_else(|| self.hits(text).first().map(|(start, _)| *start))
    }

    /// Byte ranges on boundaries of characters, in order and apart.
    fn hits(&self, text: &str) -> Vec<(usize, usize)> {
        let runs = scan(&fold(text));
        let mut hits = Vec::new();
        for word in &self.words {
            let before = hits.len();
            find_word(&runs, word, &mut hits);
            // Found by its pairs, which stand apart.
            if hits.len() == before && word.len() > 2 {
                word.windows(2).for_each(|pair| find_word(&runs, pair, &mut hits));
            }
        }
        for run in &runs {
            let Run::Code(parts) = run else { continue };
            for span in spans(parts).filter(|span| self.codes.contains(&joined(span))) {
                let ends = span.first().map(|p| p.start).zip(span.last().map(|p| p.end));
                hits.extend(ends);
            }
        }
        merged(hits)
    }
}

fn find_word(runs: &[Run], word: &[char], hits: &mut Vec<(usize, usize)>) {
    for run in runs {
        let Run::Han(chars) = run else { continue };
        for place in chars.windows(word.len()) {
            if place.iter().zip(word).all(|(piece, c)| piece.c == *c) {
                hits.extend(bounds(place));
            }
        }
    }
}

fn bounds(place: &[Folded]) -> Option<(usize, usize)> {
    Some((place.first()?.start, place.last()?.end))
}

fn merged(mut hits: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    hits.sort_unstable();
    let mut apart: Vec<(usize, usize)> = Vec::with_capacity(hits.len());
    for (start, end) in hits {
        match apart.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}

fn render(text: &str, hits: &[(usize, usize)]) -> String {
    let mut html = String::with_capacity(text.len() + hits.len() * 13);
    let mut done = 0;
    for (start, end) in hits {
        escape(&mut html, text.get(done..*start).unwrap_or_default());
        html.push_str("<mark>");
        escape(&mut html, text.get(*start..*end).unwrap_or_default());
        html.push_str("</mark>");
        done = *end;
    }
    escape(&mut html, text.get(done..).unwrap_or_default());
    html
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String cannot fail.
                let _written = write!(html, "&#{};", u32::from(c));
            }
            c if c.is_control() => html.push(' '),
            c => html.push(c),
        }
    }
}

fn first_chars(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::search::{Query, Synonyms};

    fn highlighter(query: &str) -> Highlighter {
        let synonyms = Synonyms::of([vec!["电动车", "电动自行车"]]);
        Highlighter::new(&Query::parse(query).unwrap().expand(&synonyms))
    }

    #[test]
    fn hits_are_marked_in_the_original_spelling() {
        for (query, text, html) in [
            ("质量", "消費品質量安全", "消費品<mark>質量</mark>安全"),
            ("gb6675", "见ＧＢ　６６７５．１—2014。", "见<mark>ＧＢ　６６７５</mark>．１—2014。"),
            ("3c", "3-C 与 C3", "<mark>3-C</mark> 与 C3"),
            ("电动车", "电动自行车", "<mark>电动自行车</mark>"),
            ("质量安全", "安全，质量", "<mark>安全</mark>，<mark>质量</mark>"),
            ("质量 量具", "质量具", "<mark>质量具</mark>"),
            ("café", "Cafe\u{301}s cafe\u{301}", "Cafe\u{301}s <mark>cafe\u{301}</mark>"),
            ("质", "<b>质</b>&\"'", "&#60;b&#62;<mark>质</mark>&#60;/b&#62;&#38;&#34;&#39;"),
        ] {
            assert_eq!(highlighter(query).mark(text), html, "{query}");
        }
    }

    #[test]
    fn an_excerpt_begins_a_little_before_the_first_hit() {
        let text = format!("{}质量{}", "前".repeat(100), "后".repeat(100));
        let excerpt = highlighter("质量").excerpt(&text, 40);
        let shown = format!("…{}<mark>质量</mark>{}…", "前".repeat(24), "后".repeat(14));
        assert_eq!(excerpt, shown);
        assert_eq!(highlighter("无").excerpt(&text, 3), "前前前…");
        assert_eq!(highlighter("质量").excerpt("质量", 40), "<mark>质量</mark>");
    }

    proptest! {
        #[test]
        fn marks_change_nothing_of_the_text(
            query in "[质量安全電动車a-c1-3 \"]{1,12}",
            text in "[质質量安全动車ＡＢａ-ｃa-c1-3<&.\u{301}\u{200B} -]{0,60}\\PC{0,12}",
        ) {
            let Ok(query) = Query::parse(&query) else { return Ok(()) };
            let marker = Highlighter::new(&query.expand(&Synonyms::default()));
            let html = marker.mark(&text);
            let bare = html.replace("<mark>", "").replace("</mark>", "");
            let mut plain = String::new();
            escape(&mut plain, &text);
            prop_assert_eq!(bare, plain);
            for (start, end) in marker.hits(&text) {
                prop_assert!(text.get(start..end).is_some_and(|hit| !hit.is_empty()));
            }
            let _ = marker.excerpt(&text, 10);
        }
    }
}
