//! A resident's question to experts (咨询). What was asked and answered is field-encrypted: people
//! tell of themselves in it.

use sea_orm::entity::prelude::*;

use crate::lab_capability::ProductClass;

words! {
    QuestionStatus {
        Asked,
        /// Given to an expert, or to those of a region or an institution, one of whom claims it.
        Triaged,
        Rejected,
        /// To a complaint: it is no question.
        Redirected,
        Answered,
        /// Everybody may read it, written anew.
        Published,
        /// That was taken back.
        Withdrawn,
    }
}

words! {
    /// Why a question is not answered.
    QuestionRejection { OutOfScope, Unclear, Duplicate, PersonalData, Improper }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "questions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub status: QuestionStatus,
    pub product_class: ProductClass,
    pub region_code: Option<String>,
    /// The title is the first line, the text all that follows.
    pub content_cipher: Vec<u8>,
    pub asked_at: DateTimeUtc,
    /// By the end of this day (China) it is to be answered; anew after a follow-up.
    pub due_on: Date,
    /// The institution whose experts may answer, beside those of the region.
    pub lab_id: Option<Uuid>,
    /// The expert who has it.
    pub assignee_id: Option<Uuid>,
    pub triaged_by: Option<Uuid>,
    pub triaged_at: Option<DateTimeUtc>,
    pub rejection: Option<QuestionRejection>,
    pub answer_cipher: Option<Vec<u8>>,
    pub answered_by: Option<Uuid>,
    pub answered_at: Option<DateTimeUtc>,
    pub follow_up_cipher: Option<Vec<u8>>,
    pub followed_up_at: Option<DateTimeUtc>,
    pub follow_up_answer_cipher: Option<Vec<u8>>,
    pub follow_up_answered_by: Option<Uuid>,
    pub follow_up_answered_at: Option<DateTimeUtc>,
    /// From 1 to 5.
    pub rating: Option<i16>,
    pub rated_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
