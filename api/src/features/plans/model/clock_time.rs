//! A time of day to the minute, up to and including the midnight that ends it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use crate::platform::clock::from_local;

const MIDNIGHT: u16 = 24 * 60;

/// Minutes since 00:00 in China, 0 to 1440, written `09:00` … `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime(u16);

impl ClockTime {
    #[must_use]
    pub fn minutes(self) -> i64 {
        i64::from(self.0)
    }

    /// This time on a day in China. 24:00 is the next day's 00:00.
    #[must_use]
    pub fn on(self, day: NaiveDate) -> DateTime<Utc> {
        from_local(day.and_time(NaiveTime::MIN)) + TimeDelta::minutes(self.minutes())
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a time of day is HH:MM, 00:00 to 24:00")]
pub struct ClockTimeError;

impl FromStr for ClockTime {
    type Err = ClockTimeError;

    fn from_str(text: &str) -> Result<Self, ClockTimeError> {
        let digits = |text: &str| {
            let is_two = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            if is_two { text.parse::<u16>().ok() } else { None }
        };
        let parts = text.split_once(':').and_then(|(h, m)| Some((digits(h)?, digits(m)?)));
        let (hours, minutes) = parts.ok_or(ClockTimeError)?;
        let total = hours * 60 + minutes;
        if minutes < 60 && total <= MIDNIGHT { Ok(Self(total)) } else { Err(ClockTimeError) }
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for ClockTime {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"))
            .description(Some("A time of day in China."))
            .examples(["09:00"])
            .into()
    }
}

impl ToSchema for ClockTime {}
