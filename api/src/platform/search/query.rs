//! What somebody asks for.

use super::fold::fold;
use super::index::{SPAN, joined};
use super::needle::Needle;
use super::scan::{Run, scan};

/// Longer is no question.
pub const MOST_QUERY_CHARS: usize = 100;

/// Pairs of quotation marks, as keyboards and Chinese print have them.
const QUOTES: [(char, char); 5] =
    [('"', '"'), ('“', '”'), ('＂', '＂'), ('「', '」'), ('『', '』')];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// More than [`MOST_QUERY_CHARS`].
    TooLong,
    /// Neither a letter nor a digit.
    Empty,
}

/// A parsed query: all its pieces are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    runs: Vec<Run>,
    is_quoted: bool,
}

/// Words that mean the same, group by group.
#[derive(Clone, Debug, Default)]
pub struct Synonyms(Vec<Vec<Vec<Run>>>);

/// A query with everything it stands for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What an index must hold.
    pub needle: Needle,
    /// What the plain text ([`plain`](super::plain)) must hold besides: quoted, and longer than what
    /// the index alone can tell.
    pub phrases: Vec<String>,
    /// What to mark, each in one or several runs.
    pub(super) marked: Vec<Vec<Run>>,
}

impl Query {
    /// Nothing in a query is an operator but quotation marks around a phrase.
    ///
    /// # Errors
    /// [`QueryError`]
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        if text.chars().count() > MOST_QUERY_CHARS {
            return Err(QueryError::TooLong);
        }
        let mut pieces: Vec<Piece> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (before, quoted, after) = next_quoted(rest);
            for (part, is_quoted) in [(before, false), (quoted, true)] {
                let runs = scan(&fold(part));
                let piece = Piece { runs, is_quoted };
                if !piece.runs.is_empty() && !pieces.contains(&piece) {
                    pieces.push(piece);
                }
            }
            rest = after;
        }
        if pieces.is_empty() { Err(QueryError::Empty) } else { Ok(Self(pieces)) }
    }

    /// The same for all queries that find the same.
    #[must_use]
    pub fn key(&self) -> String {
        let pieces = self.0.iter().map(|piece| {
            let text = joined_runs(&piece.runs);
            if piece.is_quoted { format!("\"{text}\"") } else { text }
        });
        pieces.collect::<Vec<_>>().join(" ")
    }

    /// The words, without quotation marks.
    #[must_use]
    pub fn words(&self) -> String {
        self.0.iter().map(|piece| joined_runs(&piece.runs)).collect::<Vec<_>>().join(" ")
    }

    /// What is quoted is meant literally; everything else also by its synonyms.
    #[must_use]
    pub fn expand(&self, synonyms: &Synonyms) -> Wanted {
        let (mut needles, mut phrases, mut marked) = (Vec::new(), Vec::new(), Vec::new());
        for piece in &self.0 {
            if piece.is_quoted {
                if is_told_by_index(&piece.runs) {
                    needles.push(all_runs(&piece.runs));
                } else {
                    needles.push(Needle::all(piece.runs.iter().map(covering_needle).collect()));
                    phrases.push(joined_runs(&piece.runs));
                }
                marked.push(piece.runs.clone());
                continue;
            }
            for alternatives in synonyms.expand(&piece.runs) {
                needles.push(Needle::any(alternatives.iter().map(|runs| all_runs(runs)).collect()));
                marked.extend(alternatives);
            }
        }
        Wanted { needle: Needle::all(needles), phrases, marked }
    }
}

impl Wanted {
    /// Any of several words, taken literally. None when there is neither a letter nor a digit in them.
    pub fn any<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let runs = words.into_iter().map(|word| scan(&fold(word)));
        let marked: Vec<Vec<Run>> = runs.filter(|runs| !runs.is_empty()).collect();
        if marked.is_empty() {
            return None;
        }
        let needle = Needle::any(marked.iter().map(|runs| all_runs(runs)).collect());
        Some(Self { needle, phrases: Vec::new(), marked })
    }
}

/// What stands before the next quotation, in it and after it. Without a closing mark there is none.
fn next_quoted(text: &str) -> (&str, &str, &str) {
    for (at, c) in text.char_indices() {
        let Some((open, close)) = QUOTES.iter().find(|(open, _)| *open == c) else { continue };
        let inside = text.get(at + open.len_utf8()..).unwrap_or_default();
        if let Some((quoted, after)) = inside.split_once(*close) {
            return (text.get(..at).unwrap_or_default(), quoted, after);
        }
    }
    (text, "", "")
}

fn joined_runs(runs: &[Run]) -> String {
    runs.iter().map(Run::text).collect::<Vec<_>>().join(" ")
}

/// One character, one pair, one code that is indexed as a whole.
fn is_told_by_index(runs: &[Run]) -> bool {
    match runs {
        [Run::Han(chars)] => chars.len() <= 2,
        [Run::Code(parts)] => parts.len() <= SPAN,
        _ => false,
    }
}

fn all_runs(runs: &[Run]) -> Needle {
    Needle::all(runs.iter().map(run_needle).collect())
}

/// Of a run that is looked up in the text besides: every second pair covers it, and each token costs
/// the index a list.
fn covering_needle(run: &Run) -> Needle {
    let Run::Han(chars) = run else { return run_needle(run) };
    let pairs = chars.chunks_exact(2).chain(chars.rchunks_exact(2).take(1));
    let tokens = pairs.map(|pair| pair.iter().map(|piece| piece.c).collect());
    let tokens: Vec<Needle> = tokens.map(Needle::Token).collect();
    if tokens.is_empty() { run_needle(run) } else { Needle::all(tokens) }
}

fn run_needle(run: &Run) -> Needle {
    let tokens: Vec<String> = match run {
        Run::Han(chars) if chars.len() == 1 => vec![run.text()],
        Run::Han(chars) => {
            chars.windows(2).map(|pair| pair.iter().map(|piece| piece.c).collect()).collect()
        }
        Run::Code(parts) if parts.len() <= SPAN => vec![joined(parts)],
        Run::Code(parts) => parts.windows(SPAN).map(joined).collect(),
    };
    Needle::all(tokens.into_iter().map(Needle::Token).collect())
}

impl Synonyms {
    /// Groups of words. A word without a letter or a digit says nothing and is left out.
    pub fn of<'a>(groups: impl IntoIterator<Item = Vec<&'a str>>) -> Self {
        let runs = |words: Vec<&str>| {
            let words = words.into_iter().map(|word| scan(&fold(word)));
            words.filter(|runs| !runs.is_empty()).collect()
        };
        Self(groups.into_iter().map(runs).collect())
    }

    /// The runs of a query, each as the alternatives it stands for. A synonym is also found within
    /// Chinese, which has no blanks: `电动车充电` is `电动车` and `充电`.
    fn expand(&self, runs: &[Run]) -> Vec<Vec<Vec<Run>>> {
        let mut wanted = Vec::new();
        let mut rest = runs;
        while let Some((first, after)) = rest.split_first() {
            if let Some((group, length)) = self.starting(rest) {
                wanted.push(group.clone());
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            self.expand_run(first, &mut wanted);
            rest = after;
        }
        wanted
    }

    /// The group of the longest synonym that these runs begin with.
    fn starting(&self, runs: &[Run]) -> Option<(&Vec<Vec<Run>>, usize)> {
        let words = self.0.iter().flat_map(|group| group.iter().map(move |word| (group, word)));
        let fitting = words.filter(|(_, word)| runs.starts_with(word));
        fitting.map(|(group, word)| (group, word.len())).max_by_key(|(_, length)| *length)
    }

    fn expand_run(&self, run: &Run, wanted: &mut Vec<Vec<Vec<Run>>>) {
        let Run::Han(chars) = run else {
            wanted.push(vec![vec![run.clone()]]);
            return;
        };
        let found = (0..chars.len()).find_map(|at| {
            let here = chars.get(at..).unwrap_or_default();
            let words = self.0.iter().flat_map(|group| group.iter().map(move |word| (group, word)));
            let fitting = words.filter_map(|(group, word)| match word.as_slice() {
                [Run::Han(word)] => {
                    let is_here =
                        word.len() <= here.len() && word.iter().zip(here).all(|(a, b)| a.c == b.c);
                    is_here.then_some((at, word.len(), group))
                }
                _ => None,
            });
            fitting.max_by_key(|(_, length, _)| *length)
        });
        let Some((at, length, group)) = found else {
            wanted.push(vec![vec![run.clone()]]);
            return;
        };
        let (before, from) = chars.split_at(at);
        if !before.is_empty() {
            wanted.push(vec![vec![Run::Han(before.to_vec())]]);
        }
        wanted.push(group.clone());
        let after = from.get(length..).unwrap_or_default();
        if !after.is_empty() {
            self.expand_run(&Run::Han(after.to_vec()), wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn synonyms() -> Synonyms {
        Synonyms::of([vec!["电动车", "电动自行车"], vec!["3C", "强制性产品认证", "CCC 认证", "！"]])
    }

    fn needle(text: &str) -> String {
        Query::parse(text).unwrap().expand(&synonyms()).needle.to_tsquery()
    }

    #[test]
    fn a_query_is_pairs_codes_and_phrases() {
        let electric = "(('电动' & '动车') | ('电动' & '动自' & '自行' & '行车'))";
        let certified =
            "('3c' | ('强制' & '制性' & '性产' & '产品' & '品认' & '认证') | ('ccc' & '认证'))";
        for (text, wanted) in [
            ("质", "'质'"),
            ("质量", "'质量'"),
            (" 質量安全 ", "('质量' & '量安' & '安全')"),
            ("GB 6675.1-2014", "'gb667512014'"),
            ("a.1.b.2.c.3.d", "('a1b2c3' & '1b2c3d')"),
            ("玩具 玩具", "'玩具'"),
            ("玩具 NEAR gb*", "('玩具' & 'near' & 'gb')"),
            ("电动车充电", &format!("({electric} & '充电')")),
            ("儿童電動車", &format!("('儿童' & {electric})")),
            ("ＣＣＣ認證", certified),
        ] {
            assert_eq!(needle(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_quoted_is_meant_literally() {
        let wanted = |text: &str| Query::parse(text).unwrap().expand(&synonyms());
        assert_eq!(wanted("“電動車 3C”").phrases, ["电动车 3c"]);
        for (text, covered) in [
            ("“電動車”", "('电动' & '动车')"),
            ("“电动”", "'电动'"),
            ("“电动车 质”", "(('电动' & '动车') & '质')"),
            ("“消费品质量安全”", "('消费' & '品质' & '量安' & '安全')"),
        ] {
            assert_eq!(wanted(text).needle.to_tsquery(), covered);
        }
        for told_by_index in ["\"质量\"", "\"质\"", "「GB 6675」", "\"未完", "电动车"] {
            assert!(wanted(told_by_index).phrases.is_empty(), "{told_by_index}");
        }
        let mixed = Query::parse("\"质量安全\" 玩具").unwrap();
        assert_eq!(
            (mixed.key(), mixed.words()),
            ("\"质量安全\" 玩具".into(), "质量安全 玩具".into())
        );
    }

    #[test]
    fn any_of_several_words_is_wanted() {
        let wanted = Wanted::any(["电热毯", "，", "3C"]).unwrap();
        assert_eq!(wanted.needle.to_tsquery(), "(('电热' & '热毯') | '3c')");
        assert!(Wanted::any(["，", ""]).is_none());
    }

    #[test]
    fn signs_alone_and_floods_are_refused() {
        for text in ["", "  ", "，。！", "\"\"", "“”", "&|!:*()", "\u{200B}"] {
            assert_eq!(Query::parse(text), Err(QueryError::Empty), "{text}");
        }
        assert_eq!(Query::parse(&"质".repeat(101)), Err(QueryError::TooLong));
        assert!(Query::parse(&format!("  {}  ", "质".repeat(100))).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_or_refused(text in "\\PC{0,110}") {
            if let Ok(query) = Query::parse(&text) {
                let wanted = query.expand(&synonyms());
                let asked = wanted.needle.to_fts5();
                prop_assert!(!asked.is_empty() && !asked.contains("()"));
                prop_assert!(!query.words().is_empty() && !query.key().is_empty());
            }
        }
    }
}
