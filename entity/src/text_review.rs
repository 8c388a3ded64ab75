//! The review of one text that a resident wrote. The text itself stays where it belongs; a digest
//! says which one was looked at.

use sea_orm::entity::prelude::*;

words! {
    /// Which text of which table.
    TextKind {
        /// What happened, of a complaint.
        ComplaintFacts,
        /// Title and text of a question to experts.
        QuestionContent,
        /// What the asker wants to know beyond the answer.
        QuestionFollowUp,
    }
}

words! {
    /// Only `passed` may be shown to others.
    ReviewStatus { Pending, Passed, Rejected, NeedsHuman }
}

words! {
    /// Why a text did not simply pass.
    ReviewReason {
        /// WeChat wants a person to look.
        WechatReview,
        /// WeChat calls it a violation.
        WechatRisky,
        /// WeChat would not look at it.
        WechatRefused,
        /// WeChat did not answer, however often it was asked.
        WechatUnavailable,
        /// WeChat only judges authors who were there in the last two hours.
        AuthorInactive,
        /// The author has no place in our mini-program.
        AuthorUnknown,
        /// WeChat sees a risk in the author.
        RiskyAuthor,
        /// It passed, and was drawn for a second look.
        Sampled,
        /// It holds a word of the local list.
        Lexicon,
        /// WeChat is not asked.
        NotAsked,
        /// The check got lost.
        Overdue,
    }
}

words! {
    /// Why a person rejected a text.
    RejectionGround {
        Advertising, Politics, Pornography, Abuse, Crime, Fraud, Vulgarity, Copyright, PersonalData,
        Other,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "text_reviews")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: TextKind,
    /// The row that holds the text.
    pub subject_id: Uuid,
    /// Field-encrypted SHA-256 of the text that this review is about: bare, a short text could be
    /// guessed by it.
    pub digest_cipher: Vec<u8>,
    /// Raised whenever another text takes the place.
    pub revision: i32,
    pub author_id: Option<Uuid>,
    /// Whose reviewers are responsible; none is the whole country.
    pub region_code: Option<String>,
    pub status: ReviewStatus,
    pub reason: Option<ReviewReason>,
    /// WeChat's number of what it found.
    pub label: Option<i32>,
    /// WeChat's number of its check, for questions to Tencent.
    pub trace_id: Option<String>,
    pub submitted_at: DateTimeUtc,
    /// Since when it waits for a person; none when it does not.
    pub queued_at: Option<DateTimeUtc>,
    pub claimed_by: Option<Uuid>,
    pub claimed_until: Option<DateTimeUtc>,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
    pub ground: Option<RejectionGround>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
