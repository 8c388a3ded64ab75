//! Papers and scoring. Pure: the same seed gives the same paper.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::quiz::QuizStatus;
use entity::quiz_attempt;
use entity::quiz_item::{self, ItemKind};
use entity::quiz_option;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::ValidationError;

use super::dto::WriteItem;
use crate::platform::http::{AppError, AppResult, FieldError};

/// An answer on its way when the time was up still counts.
const GRACE: TimeDelta = TimeDelta::seconds(5);

/// What one person was asked, with the key. Stored with the attempt, never sent as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub items: Vec<PaperItem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperItem {
    pub id: Uuid,
    pub kind: ItemKind,
    pub stem: String,
    pub explanation: String,
    pub points: i32,
    pub options: Vec<PaperOption>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperOption {
    /// Random, this paper's own.
    pub id: String,
    pub text: String,
    pub is_correct: bool,
}

/// What became of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub item_id: Uuid,
    pub is_correct: bool,
    pub points: i32,
}

/// Refuses questions that cannot be scored.
///
/// # Errors
/// `validation_failed` naming the item.
pub fn check_items(items: &[WriteItem]) -> AppResult<()> {
    let mut wrong = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let correct = item.options.iter().filter(|option| option.is_correct).count();
        let message = match item.kind {
            ItemKind::Single if correct != 1 => "单选题应有且只有一个正确选项",
            ItemKind::Multiple if correct < 1 => "多选题至少应有一个正确选项",
            ItemKind::TrueFalse if item.options.len() != 2 || correct != 1 => {
                "判断题应有两个选项，其中一个正确"
            }
            _ => "",
        };
        if !message.is_empty() {
            wrong.push(FieldError::new(
                &format!("items[{index}].options"),
                "invalid_format",
                message,
            ));
        }
        let distinct: HashSet<_> = item.options.iter().map(|option| &option.text).collect();
        if distinct.len() != item.options.len() {
            let message = "选项不能重复";
            wrong.push(FieldError::new(
                &format!("items[{index}].options"),
                "invalid_format",
                message,
            ));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(AppError::fields(wrong)) }
}

/// Option ids are short words of ours; anything else is not worth comparing.
///
/// # Errors
/// One of them is longer or holds another character.
pub fn short_ids(choices: &[String]) -> Result<(), ValidationError> {
    let is_ours = |id: &String| id.len() <= 16 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if choices.iter().all(is_ours) {
        return Ok(());
    }
    Err(ValidationError::new("invalid_format").with_message(Cow::Borrowed("选项不存在")))
}

/// The order in which one person's attempts are numbered when two accounts became one: by their
/// start, and last the one that is `open`, because the last one is where answering goes on.
#[must_use]
pub fn merged_order(attempts: &[quiz_attempt::Model], open: Option<Uuid>) -> Vec<Uuid> {
    let mut order: Vec<_> =
        attempts.iter().map(|row| (Some(row.id) == open, row.started_at, row.id)).collect();
    order.sort_unstable();
    order.into_iter().map(|(.., id)| id).collect()
}

/// A draft may be published, a published quiz closed.
#[must_use]
pub fn may_become(from: QuizStatus, to: QuizStatus) -> bool {
    matches!(
        (from, to),
        (QuizStatus::Draft, QuizStatus::Published) | (QuizStatus::Published, QuizStatus::Closed)
    )
}

impl Paper {
    /// Draws a paper: questions and options in a random order, options under random ids. True and
    /// false keep their order, because people expect it.
    #[must_use]
    pub fn draw(items: Vec<(quiz_item::Model, Vec<quiz_option::Model>)>, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut items: Vec<PaperItem> = items
            .into_iter()
            .map(|(item, mut options)| {
                options.sort_by_key(|option| option.position);
                if item.kind != ItemKind::TrueFalse {
                    options.shuffle(&mut rng);
                }
                let mut taken = HashSet::new();
                let options = options.into_iter().map(|option| PaperOption {
                    id: fresh_id(&mut rng, &mut taken),
                    text: option.text,
                    is_correct: option.is_correct,
                });
                PaperItem {
                    id: item.id,
                    kind: item.kind,
                    stem: item.stem,
                    explanation: item.explanation,
                    points: item.points,
                    options: options.collect(),
                }
            })
            .collect();
        items.shuffle(&mut rng);
        Self { items }
    }

    #[must_use]
    pub fn max_points(&self) -> i32 {
        self.items.iter().map(|item| item.points).sum()
    }

    #[must_use]
    pub fn item(&self, id: Uuid) -> Option<&PaperItem> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Marks every item; one that was not answered is wrong. A multiple item wants exactly the
    /// right set.
    #[must_use]
    pub fn mark(&self, answers: &HashMap<Uuid, Vec<String>>) -> Vec<Mark> {
        let mark = |item: &PaperItem| {
            let chosen: BTreeSet<&str> =
                answers.get(&item.id).into_iter().flatten().map(String::as_str).collect();
            let is_correct = chosen == item.key().into_iter().collect();
            Mark { item_id: item.id, is_correct, points: if is_correct { item.points } else { 0 } }
        };
        self.items.iter().map(mark).collect()
    }
}

impl PaperItem {
    /// The ids of the correct options.
    #[must_use]
    pub fn key(&self) -> Vec<&str> {
        self.options.iter().filter(|o| o.is_correct).map(|o| o.id.as_str()).collect()
    }

    /// # Errors
    /// `validation_failed` for an option of another item, a repeated one, or too many.
    pub fn check_choices(&self, choices: &[String]) -> AppResult<()> {
        let refuse = |message| Err(FieldError::new("choices", "invalid_format", message).into());
        let distinct: HashSet<_> = choices.iter().collect();
        if distinct.len() != choices.len() {
            return refuse("选项不能重复");
        }
        if !choices.iter().all(|id| self.options.iter().any(|option| option.id == *id)) {
            return refuse("选项不存在");
        }
        if self.kind != ItemKind::Multiple && choices.len() != 1 {
            return refuse("只能选择一个选项");
        }
        Ok(())
    }
}

fn fresh_id(rng: &mut StdRng, taken: &mut HashSet<String>) -> String {
    loop {
        let id = format!("{:04x}", rng.random::<u16>());
        if taken.insert(id.clone()) {
            return id;
        }
    }
}

/// Whether an attempt's time is up, grace included.
#[must_use]
pub fn is_over(deadline: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    deadline.is_some_and(|deadline| now > deadline + GRACE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paper(kinds: &[ItemKind], seed: u64) -> Paper {
        let items = kinds.iter().zip(0i32..).map(|(kind, n)| {
            let id = Uuid::from_u128(u128::try_from(n).unwrap());
            let item = quiz_item::Model {
                id,
                quiz_id: Uuid::nil(),
                position: n,
                kind: *kind,
                stem: format!("q{n}"),
                explanation: String::new(),
                points: 2,
            };
            let count = if *kind == ItemKind::TrueFalse { 2 } else { 4 };
            let option = |position| quiz_option::Model {
                id: Uuid::nil(),
                item_id: id,
                position,
                text: format!("o{position}"),
                is_correct: position == 0 || (*kind == ItemKind::Multiple && position == 1),
            };
            (item, (0..count).map(option).collect())
        });
        Paper::draw(items.collect(), seed)
    }

    const KINDS: [ItemKind; 3] = [ItemKind::Single, ItemKind::Multiple, ItemKind::TrueFalse];

    fn key_of(paper: &Paper) -> HashMap<Uuid, Vec<String>> {
        let key = |item: &PaperItem| item.key().into_iter().map(str::to_owned).collect();
        paper.items.iter().map(|item| (item.id, key(item))).collect()
    }

    #[test]
    fn the_key_scores_full_and_nothing_scores_nothing() {
        let paper = paper(&KINDS, 1);
        let points = |answers: &HashMap<_, _>| {
            paper.mark(answers).iter().map(|mark| mark.points).sum::<i32>()
        };
        assert_eq!(points(&key_of(&paper)), paper.max_points());
        assert_eq!(points(&HashMap::new()), 0);
    }

    #[test]
    fn half_of_a_multiple_item_is_wrong() {
        let paper = paper(&[ItemKind::Multiple], 1);
        let item = &paper.items[0];
        let half = HashMap::from([(item.id, vec![item.key()[0].to_owned()])]);
        assert!(!paper.mark(&half)[0].is_correct);
    }

    #[test]
    fn papers_differ_by_seed_and_repeat_by_seed() {
        assert_eq!(paper(&KINDS, 7), paper(&KINDS, 7));
        assert_ne!(paper(&KINDS, 7), paper(&KINDS, 8));
        let true_false = paper(&[ItemKind::TrueFalse], 9);
        assert_eq!(true_false.items[0].options[0].text, "o0");
    }

    #[test]
    fn only_offered_options_can_be_chosen() {
        let paper = paper(&[ItemKind::Single], 1);
        let item = &paper.items[0];
        let [a, b] = [0, 1].map(|i| item.options[i].id.clone());
        assert!(item.check_choices(std::slice::from_ref(&a)).is_ok());
        assert!(item.check_choices(&[a.clone(), b]).is_err());
        assert!(item.check_choices(&[a.clone(), a]).is_err());
        assert!(item.check_choices(&["zzzz".to_owned()]).is_err());
    }

    #[test]
    fn time_is_up_after_the_grace() {
        let deadline = DateTime::UNIX_EPOCH;
        assert!(!is_over(None, deadline));
        assert!(!is_over(Some(deadline), deadline + GRACE));
        assert!(is_over(Some(deadline), deadline + GRACE + TimeDelta::microseconds(1)));
    }

    proptest! {
        #[test]
        fn points_stay_between_nothing_and_everything(seed: u64, picks in proptest::collection::vec(0usize..4, 3)) {
            let paper = paper(&KINDS, seed);
            let answers = paper.items.iter().zip(&picks).map(|(item, pick)| {
                (item.id, vec![item.options[pick % item.options.len()].id.clone()])
            }).collect();
            let points: i32 = paper.mark(&answers).iter().map(|mark| mark.points).sum();
            prop_assert!((0..=paper.max_points()).contains(&points));
        }

        #[test]
        fn option_ids_tell_nothing(seed: u64) {
            // The key's position in the paper is spread over all positions.
            let paper = paper(&[ItemKind::Single], seed);
            let ids: HashSet<_> = paper.items[0].options.iter().map(|o| &o.id).collect();
            prop_assert_eq!(ids.len(), 4);
        }
    }
}
