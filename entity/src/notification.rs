//! A notice to a resident, kept in the in-app inbox whatever becomes of its delivery. Delivery is a
//! state of its own, apart from the business state.

use sea_orm::entity::prelude::*;

words! {
    NotificationKind {
        BookingConfirmed,
        BookingRejected,
        BookingExpired,
        /// By the lab.
        BookingCancelled,
        BookingVoided,
        /// The stop is held elsewhere.
        BookingPlaceChanged,
        BookingNoShow,
        /// A place became free for somebody who waits.
        BookingOffered,
        LotteryWon,
        /// No place was left, so one stands in the line.
        LotteryWaiting,
        LotteryLost,
        LotteryCancelled,
        BookingReminder,
        BookingResult,
        /// The result did not come in time.
        ResultLate,
        /// A report was corrected or withdrawn.
        ReportChanged,
        ComplaintAccepted,
        ComplaintNotAccepted,
        QuestionTriaged,
        QuestionRejected,
        QuestionRedirected,
        QuestionAnswered,
        QuestionPublished,
        ExportReady, AccountClosing, CorrectionAccepted, CorrectionRefused,
        /// Somebody turns 14 or 18 by what was declared.
        AgeReviewDue,
        AccountMerged,
        /// As `AccountMerged`, and one of two phones was kept.
        AccountMergedPhone,
        /// On something that one follows.
        BulletinPublished,
        BulletinCorrected,
        BulletinWithdrawn,
    }
}

words! {
    /// `skipped`: no template is configured, or the person wants no messages; `dropped`: WeChat cannot reach this person.
    DeliveryStatus { Pending, Sent, Skipped, Dropped, Failed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub kind: NotificationKind,
    /// The booking, complaint, question or account it speaks of.
    pub subject_id: Uuid,
    pub title: String,
    pub body: String,
    pub read_at: Option<DateTimeUtc>,
    pub delivery: DeliveryStatus,
    pub delivery_attempts: i32,
    /// Last WeChat error code.
    pub delivery_code: Option<i32>,
    pub delivered_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
