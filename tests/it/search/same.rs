//! Both engines answer as a reader with a pencil would: the same documents in the same order. The
//! reference below knows nothing of tokens; both engines are compared with it, hence with each other.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sanjin::features::search::Document;
use tests::backends;
use uuid::Uuid;

use super::{document, path, put};

const DOCUMENTS: u32 = 400;
const WORDS: [&str; 24] = [
    "质量", "安全", "产品", "儿童", "玩具", "家电", "充电", "头盔", "服装", "食品", "检测", "标准",
    "召回", "风险", "警示", "量具", "全家", "品质", "电器", "童装", "gb6675", "ccc", "iso",
    "gb811",
];

/// Always the same numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn word(&mut self) -> &'static str {
        // The first are frequent.
        let rank = self.roll(WORDS.len()).min(self.roll(WORDS.len()));
        WORDS[rank]
    }

    /// Words that run together, and now and then a sign or a blank.
    fn text(&mut self, words: usize) -> String {
        let mut text = String::new();
        for _ in 0..words {
            text.push_str(self.word());
            text.push_str(["", "", "，", " ", "。", "\n"][self.roll(6)]);
        }
        text
    }

    fn document(&mut self, number: u32) -> Document {
        let (title, body) = (1 + self.roll(4), self.roll(25));
        let tags: BTreeSet<&str> = (0..self.roll(3)).map(|_| self.word()).collect();
        let tags: Vec<&str> = tags.into_iter().collect();
        let title = self.text(title).replace('\n', " ");
        let mut document = document(number, &title, &tags, &self.text(body));
        // Many appear at the same moment, and ids do not follow the time.
        document.published_at -= TimeDelta::minutes(i64::from(number % 7));
        document.id = Uuid::from_u128(u128::from(number.wrapping_mul(2_654_435_761)) << 64 | 1);
        document
    }

    fn query(&mut self) -> String {
        match self.roll(8) {
            0 => self.word().chars().take(1).collect(),
            1 | 2 => self.word().to_owned(),
            3 => format!("{} {}", self.word(), self.word()),
            4 => format!("{}，{} {}", self.word(), self.word(), self.word()),
            5 => format!("{}{}", WORDS[self.roll(20)], WORDS[self.roll(20)]),
            6 => format!("\"{}{}\"", WORDS[self.roll(20)], WORDS[self.roll(20)]),
            _ => format!("\"{}{}\" {}", WORDS[self.roll(20)], WORDS[self.roll(20)], self.word()),
        }
    }
}

fn is_chinese(c: char) -> bool {
    c > '\u{3000}' && c.is_alphanumeric()
}

/// What must stand in a text: single characters, pairs, codes; and what must stand together.
fn wanted(query: &str) -> (BTreeSet<String>, Vec<String>) {
    let mut pieces = BTreeSet::new();
    let mut together = Vec::new();
    for (index, part) in query.split('"').enumerate() {
        let mut words: Vec<String> = Vec::new();
        let mut last = None;
        for c in part.chars() {
            let kind = c.is_alphanumeric().then(|| is_chinese(c));
            match kind {
                Some(_) if kind == last => words.last_mut().unwrap().push(c),
                Some(_) => words.push(c.to_string()),
                None => {}
            }
            last = kind;
        }
        if index % 2 == 1 {
            together.push(words.join(""));
        }
        for word in words {
            let chars: Vec<char> = word.chars().collect();
            if is_chinese(chars[0]) && chars.len() > 1 {
                pieces.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
            } else {
                pieces.insert(word);
            }
        }
    }
    (pieces, together)
}

/// Whether a text holds a piece: a code as a whole, Chinese anywhere.
fn holds(text: &str, piece: &str) -> bool {
    if piece.chars().all(is_chinese) {
        return text.contains(piece);
    }
    text.split(|c: char| is_chinese(c) || !c.is_alphanumeric())
        .any(|run| codes(run).contains(piece))
}

/// A run of letters and digits, all its parts, and what stands together of them.
fn codes(run: &str) -> BTreeSet<String> {
    let mut parts: Vec<String> = Vec::new();
    for c in run.chars() {
        match parts.last_mut() {
            Some(part) if part.ends_with(|last: char| last.is_numeric() == c.is_numeric()) => {
                part.push(c)
            }
            _ => parts.push(c.to_string()),
        }
    }
    (1..=parts.len())
        .flat_map(|n| parts.windows(n).map(|span| span.concat()).collect::<Vec<_>>())
        .collect()
}

/// The ids of all hits in their order.
fn expected(documents: &[Document], query: &str) -> Vec<String> {
    let (pieces, together) = wanted(query);
    let mut hits: Vec<_> = documents
        .iter()
        .filter_map(|document| {
            let title = vec![document.title.as_str()];
            let head: Vec<&str> =
                title.iter().copied().chain(document.tags.iter().map(String::as_str)).collect();
            let all: Vec<&str> = head.iter().copied().chain([document.body.as_str()]).collect();
            let place = [title, head, all].iter().position(|texts| {
                let any = |test: &dyn Fn(&str) -> bool| texts.iter().any(|text| test(text));
                pieces.iter().all(|piece| any(&|text| holds(text, piece)))
                    && together.iter().all(|phrase| any(&|text| text.contains(phrase.as_str())))
            })?;
            Some((place, std::cmp::Reverse((document.published_at, document.id))))
        })
        .collect();
    hits.sort();
    hits.into_iter().map(|(_, std::cmp::Reverse((_, id)))| id.to_string()).collect()
}

backends! {
    async fn both_engines_find_what_a_reader_would_in_the_same_order(app) {
        let mut dice = Dice(2_026);
        let documents: Vec<Document> = (0..DOCUMENTS).map(|number| dice.document(number)).collect();
        put(app, documents.iter().cloned()).await;
        let (mut hits, mut empty) = (0, 0);
        for number in 0..90 {
            let query = dice.query();
            let expected = expected(&documents, &query);
            let limit = [100, 33, 7][number % 3];
            let found = app.walk(&path(&query, ""), None, limit).await;
            let found: Vec<&str> = found.iter().map(|hit| hit["id"].as_str().unwrap()).collect();
            assert_eq!(found, expected, "{query}, {limit} a page");
            hits += found.len();
            empty += usize::from(found.is_empty());
        }
        // Neither everything nor nothing.
        assert!(hits > 2_000 && (1..60).contains(&empty), "{hits} hits, {empty} queries without");
    }
}
