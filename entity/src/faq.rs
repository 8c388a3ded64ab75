//! A question and its answer that everybody may read, written anew by an editor.

use sea_orm::entity::prelude::*;

use crate::lab_capability::ProductClass;
use crate::scope::{Common as _, Scoped};

words! {
    FaqStatus { Published, Withdrawn }
}

words! {
    /// Why it was taken back.
    FaqWithdrawal { Outdated, Incorrect, PersonalData, Other }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "faqs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// None once the one who asked has left.
    pub question_id: Option<Uuid>,
    pub status: FaqStatus,
    pub product_class: ProductClass,
    pub title: String,
    pub question: String,
    pub answer: String,
    pub published_by: Uuid,
    pub published_at: DateTimeUtc,
    pub corrected_at: Option<DateTimeUtc>,
    pub withdrawal: Option<FaqWithdrawal>,
    pub withdrawn_by: Option<Uuid>,
    pub withdrawn_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What the public may see.
    #[must_use]
    pub fn published() -> Scoped<Self> {
        Self::common().filter(Column::Status.eq(FaqStatus::Published))
    }
}
