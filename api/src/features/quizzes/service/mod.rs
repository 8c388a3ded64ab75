//! Use cases: what editors do with a quiz, and what residents do with an attempt.

mod attempt;
mod edit;
mod merge;

pub use attempt::{answer_item, get_attempt, start_attempt, submit_attempt};
pub use edit::{
    close_quiz, create_quiz, get_quiz, get_staff_quiz, list_quizzes, list_staff_quizzes,
    publish_quiz, require_quiz, seed_quiz, update_quiz,
};
pub use merge::merge_attempts;
