//! The texts that people agree to. A published version never changes: another text is another file
//! at the end of the list.

use chrono::NaiveDate;
use entity::consent::ConsentPurpose;
use entity::guardian_consent::GuardianStatement;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::http::{AppError, AppResult, ConsentNeeded, ErrorCode};

/// Oldest first, of each kind.
const TEXTS: [&str; 2] = [
    include_str!("../../../data/privacy/general-1.json"),
    include_str!("../../../data/privacy/children-1.json"),
];

/// Whom a notice addresses: everybody from 14, or the guardians of children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    General,
    Children,
}

/// What PIPL Art. 17 wants told; a children's notice adds the statements of 《儿童个人信息网络保护
/// 规定》 Art. 10.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    #[schema(example = "general-1")]
    pub version: String,
    pub kind: NoticeKind,
    pub title: String,
    pub issued_on: NaiveDate,
    pub introduction: String,
    pub purposes: Vec<NoticePurpose>,
    /// How to exercise one's rights.
    pub rights: String,
    pub complaint_channel: String,
    /// For a guardian to acknowledge one by one.
    pub statements: Vec<NoticeStatement>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticePurpose {
    pub purpose: ConsentPurpose,
    /// The oldest version whose consent still holds: whoever agreed to an older one is asked anew.
    pub asked_since: String,
    pub title: String,
    pub aim: String,
    pub method: String,
    /// Kinds of data.
    pub data: String,
    pub retention: String,
    pub if_refused: String,
    /// A separate consent for each complaint, not one for the account.
    pub is_per_complaint: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeStatement {
    pub statement: GuardianStatement,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Notices(Vec<Notice>);

impl Notices {
    /// # Errors
    /// An embedded text cannot be read.
    pub fn embedded() -> AppResult<Self> {
        let notices = TEXTS.iter().map(|text| serde_json::from_str(text));
        notices.collect::<Result<_, _>>().map(Self).map_err(AppError::internal)
    }

    #[must_use]
    pub fn find(&self, version: &str) -> Option<&Notice> {
        self.0.iter().find(|notice| notice.version == version)
    }

    /// The version of a kind that is shown today.
    ///
    /// # Errors
    /// None is embedded.
    pub fn current(&self, kind: NoticeKind) -> AppResult<&Notice> {
        let last = self.0.iter().rev().find(|notice| notice.kind == kind);
        last.ok_or_else(|| AppError::internal("a kind of notice has no text"))
    }

    /// The notice to agree to now.
    ///
    /// # Errors
    /// `notice_outdated` for any other version, naming the right one.
    pub fn to_agree(
        &self,
        kind: NoticeKind,
        version: &str,
        purpose: ConsentPurpose,
    ) -> AppResult<&Notice> {
        let current = self.current(kind)?;
        if current.version == version {
            return Ok(current);
        }
        let needed = ConsentNeeded { purpose, version: current.version.clone() };
        Err(AppError::new(ErrorCode::NoticeOutdated).needing(needed))
    }

    /// Whether a consent to `version` still covers `purpose` as we follow it today.
    #[must_use]
    pub fn covers(&self, version: &str, purpose: ConsentPurpose) -> bool {
        let Some(agreed) = self.find(version) else { return false };
        let same_kind = || self.0.iter().filter(|notice| notice.kind == agreed.kind);
        let place = |version: &str| same_kind().position(|notice| notice.version == version);
        let today = self.current(agreed.kind).ok().and_then(|notice| notice.purpose(purpose));
        today.is_some_and(|today| place(version) >= place(&today.asked_since))
    }
}

impl Notice {
    #[must_use]
    pub fn purpose(&self, purpose: ConsentPurpose) -> Option<&NoticePurpose> {
        self.purposes.iter().find(|entry| entry.purpose == purpose)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sea_orm::Iterable as _;

    use super::*;

    #[test]
    fn the_embedded_notices_are_complete_and_their_references_exist() {
        let notices = Notices::embedded().unwrap();
        let versions: HashSet<_> = notices.0.iter().map(|notice| &notice.version).collect();
        assert_eq!(versions.len(), notices.0.len());
        for notice in &notices.0 {
            for entry in &notice.purposes {
                let since = notices.find(&entry.asked_since).expect("an older version");
                assert_eq!(since.kind, notice.kind);
                for text in [&entry.aim, &entry.method, &entry.data, &entry.retention] {
                    assert!(text.ends_with('。'), "{text}");
                }
            }
        }
        let general = notices.current(NoticeKind::General).unwrap();
        assert!(ConsentPurpose::iter().all(|purpose| general.purpose(purpose).is_some()));
        let children = notices.current(NoticeKind::Children).unwrap();
        let told: Vec<_> = children.statements.iter().map(|s| s.statement).collect();
        assert_eq!(told, GuardianStatement::ALL);
    }

    #[test]
    fn a_new_version_asks_anew_for_the_purposes_it_changes() {
        let first = Notices::embedded().unwrap().find("general-1").unwrap().clone();
        let mut second = Notice { version: "general-2".to_owned(), ..first.clone() };
        for entry in &mut second.purposes {
            if entry.purpose == ConsentPurpose::Phone {
                "general-2".clone_into(&mut entry.asked_since);
            }
        }
        let notices = Notices(vec![first, second]);
        assert!(notices.covers("general-1", ConsentPurpose::AccountBasic));
        assert!(!notices.covers("general-1", ConsentPurpose::Phone));
        assert!(notices.covers("general-2", ConsentPurpose::Phone));
        assert!(!notices.covers("general-3", ConsentPurpose::Phone));
        let outdated = notices.to_agree(NoticeKind::General, "general-1", ConsentPurpose::Phone);
        assert_eq!(outdated.unwrap_err().code(), ErrorCode::NoticeOutdated);
    }
}
