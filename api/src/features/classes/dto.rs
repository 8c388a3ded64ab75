use chrono::{DateTime, NaiveDate, Utc};
use entity::class::{self, ClassStatus};
use entity::class_seat;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{PIN_FAILURES, label};
use crate::platform::auth::TokenPair;

/// A class by grade and number: no school, no names.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenClass {
    /// 1–6 primary school, 7–9 middle school, 10–12 high school.
    #[validate(range(min = 1, max = 12))]
    pub grade: i16,
    #[validate(range(min = 1, max = 40))]
    pub number: i16,
    /// Seats.
    #[validate(range(min = 1, max = 60))]
    pub size: i16,
    #[validate(length(max = 9))]
    #[schema(max_length = 9, example = "110101")]
    pub region_code: String,
    /// Absent: the end of the school year.
    pub expires_on: Option<NaiveDate>,
}

/// A pupil with a class code, or with the card of a seat.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeClassSeat {
    #[validate(length(min = 1, max = 16))]
    #[schema(max_length = 16, example = "7F3K9QXW")]
    pub class_code: String,
    /// Absent: the next free one.
    #[validate(range(min = 1, max = 60))]
    pub seat_number: Option<i16>,
    /// The six digits of the seat's card, for a seat that was taken before.
    #[validate(length(equal = 6))]
    #[schema(pattern = "^[0-9]{6}$", example = "042517")]
    pub pin: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SeatLoginView {
    #[serde(flatten)]
    pub tokens: TokenPair,
    #[schema(example = "三年级2班")]
    pub class_label: String,
    pub seat_number: i16,
    /// Shown once, when the seat is taken: to come back from another device.
    #[schema(example = "042517")]
    pub pin: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SeatCardView {
    pub seat_number: i16,
    /// Shown once.
    #[schema(example = "042517")]
    pub pin: String,
}

#[derive(Serialize, ToSchema)]
pub struct ClassSummary {
    pub id: Uuid,
    pub status: ClassStatus,
    #[schema(example = "三年级2班")]
    pub label: String,
    pub grade: i16,
    pub number: i16,
    pub size: i16,
    pub region_code: String,
    pub expires_on: NaiveDate,
    pub created_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
pub struct ClassView {
    #[serde(flatten)]
    pub summary: ClassSummary,
    /// Absent when the class is closed.
    pub code: Option<String>,
    pub code_expires_at: Option<DateTime<Utc>>,
    /// Those that are taken, by number.
    pub seats: Vec<SeatView>,
}

#[derive(Serialize, ToSchema)]
pub struct SeatView {
    pub number: i16,
    pub taken_at: DateTime<Utc>,
    /// Too many wrong digits: hand out another card.
    pub is_locked: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResultFilter {
    pub quiz_id: Uuid,
}

/// The best finished attempt of each seat at one quiz, by number: at most sixty.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassResults {
    pub items: Vec<SeatResult>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SeatResult {
    pub seat_number: i16,
    pub points: i32,
    pub max_points: i32,
}

impl From<&class::Model> for ClassSummary {
    fn from(row: &class::Model) -> Self {
        Self {
            id: row.id,
            status: row.status,
            label: label(row.grade, row.number),
            grade: row.grade,
            number: row.number,
            size: row.size,
            region_code: row.region_code.clone(),
            expires_on: row.expires_on,
            created_at: row.created_at,
        }
    }
}

impl From<class_seat::Model> for SeatView {
    fn from(row: class_seat::Model) -> Self {
        let is_locked = row.pin_failures >= PIN_FAILURES;
        Self { number: row.number, taken_at: row.taken_at, is_locked }
    }
}
