//! The table of purposes, the names of things in the storage, and which rendition is wanted.

use chrono::NaiveDate;
use entity::media_file::{MediaPurpose, MediaType};
use serde::{Deserialize, Serialize};

use crate::platform::content::{Bounds, WIDTHS};
use crate::platform::db::AuditActor;

/// Files of one person that nothing refers to yet, tickets included.
pub const MOST_LOOSE: u64 = 40;
/// The folder in the storage.
pub const FOLDER: &str = "media";
/// The name of the whole file among its renditions.
const FULL: &str = "full";

const MEGABYTE: usize = 1024 * 1024;
const PICTURES: &[MediaType] = &[MediaType::Jpeg, MediaType::Png, MediaType::Webp, MediaType::Gif];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Resident,
    Staff,
}

/// What holds for one purpose.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Who gets a ticket; a cover comes with its article instead, a report with its booking.
    pub audience: Option<Audience>,
    pub kinds: &'static [MediaType],
    pub bounds: Bounds,
    /// Whether everybody sees it when its object is public.
    pub is_for_all: bool,
}

#[must_use]
pub const fn rules(purpose: MediaPurpose) -> Rules {
    match purpose {
        MediaPurpose::ArticleImage => Rules {
            audience: Some(Audience::Staff),
            kinds: PICTURES,
            bounds: Bounds { bytes: 10 * MEGABYTE, pixels: 24_000_000, side: 2560 },
            is_for_all: true,
        },
        MediaPurpose::ArticleCover => Rules {
            audience: None,
            kinds: &[MediaType::Jpeg, MediaType::Png, MediaType::Webp],
            bounds: Bounds { bytes: 2 * MEGABYTE, pixels: 24_000_000, side: 1920 },
            is_for_all: true,
        },
        MediaPurpose::ArticleDocument => Rules {
            audience: Some(Audience::Staff),
            kinds: &[MediaType::Pdf],
            bounds: Bounds { bytes: 20 * MEGABYTE, pixels: 0, side: 0 },
            is_for_all: true,
        },
        // Comes with its booking instead of a ticket.
        MediaPurpose::LabReport => Rules {
            audience: None,
            kinds: &[MediaType::Pdf],
            bounds: Bounds { bytes: 20 * MEGABYTE, pixels: 0, side: 0 },
            is_for_all: false,
        },
        // A receipt must stay readable, hence the long side.
        MediaPurpose::ComplaintEvidence => Rules {
            audience: Some(Audience::Resident),
            kinds: &[MediaType::Jpeg, MediaType::Png, MediaType::Webp, MediaType::Pdf],
            bounds: Bounds { bytes: 10 * MEGABYTE, pixels: 24_000_000, side: 4096 },
            is_for_all: false,
        },
    }
}

#[must_use]
pub fn audience(actor: AuditActor) -> Option<Audience> {
    match actor {
        AuditActor::Resident(_) => Some(Audience::Resident),
        AuditActor::Staff(_) => Some(Audience::Staff),
        AuditActor::System => None,
    }
}

/// `media/20261120/<random>`: the day lets a sweep look at the days it is interested in.
#[must_use]
pub fn storage_key(day: NaiveDate, random: &str) -> String {
    format!("{}{random}", day_folder(day))
}

#[must_use]
pub fn day_folder(day: NaiveDate) -> String {
    format!("{FOLDER}/{}/", day.format("%Y%m%d"))
}

/// The key of a rendition; without a width, of the whole file.
#[must_use]
pub fn rendition_key(storage_key: &str, width: Option<u32>) -> String {
    match width {
        Some(width) => format!("{storage_key}.{width}"),
        None => format!("{storage_key}.{FULL}"),
    }
}

/// Every key that a file can have.
pub fn all_keys(storage_key: &str) -> impl Iterator<Item = String> {
    let widths = WIDTHS.into_iter().map(Some).chain([None]);
    widths.map(move |width| rendition_key(storage_key, width))
}

/// A smaller rendition, as the row keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smaller {
    pub width: u32,
    pub height: u32,
    pub bytes: u32,
}

/// The narrowest rendition that fills `width`; none when only the whole picture does.
#[must_use]
pub fn fitting(smaller: &[Smaller], width: u32) -> Option<Smaller> {
    smaller.iter().filter(|one| one.width >= width).min_by_key(|one| one.width).copied()
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable as _;

    use super::*;

    #[test]
    fn what_residents_upload_is_shown_to_nobody_unchecked() {
        for purpose in MediaPurpose::iter() {
            let rules = rules(purpose);
            assert!(!rules.kinds.is_empty() && rules.bounds.bytes > 0);
            // See the module: showing it needs WeChat's check of its content first.
            assert!(!(rules.is_for_all && rules.audience == Some(Audience::Resident)));
        }
    }

    #[test]
    fn the_rendition_that_fills_the_width_is_chosen() {
        let of = |width| Smaller { width, height: 1, bytes: 1 };
        let all = [of(960), of(320)];
        assert_eq!(fitting(&all, 320).map(|one| one.width), Some(320));
        assert_eq!(fitting(&all, 321).map(|one| one.width), Some(960));
        assert_eq!(fitting(&all, 961), None);
        assert_eq!(fitting(&[], 320), None);
    }

    #[test]
    fn keys_show_their_day_and_their_rendition() {
        let key = storage_key("2026-11-20".parse().unwrap(), "x");
        let all: Vec<String> = all_keys(&key).collect();
        assert_eq!(all, ["media/20261120/x.960", "media/20261120/x.320", "media/20261120/x.full"]);
    }
}
