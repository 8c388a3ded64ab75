//! A guardian's consent for a child under 14, with what 《儿童个人信息网络保护规定》 Art. 10 wants
//! told and agreed to. Kept after its end.

use sea_orm::entity::prelude::*;

use crate::consent::ConsentChannel;

words! {
    GuardianRelation { Father, Mother, OtherGuardian }
}

words! {
    /// The statements of Art. 10, each acknowledged by itself.
    GuardianStatement {
        RefusalOption, PurposeAndScope, StoragePlaceAndPeriod, Protection, ResultOfRefusal,
        ComplaintChannel, CorrectionAndDeletion,
    }
}

impl GuardianStatement {
    pub const ALL: [Self; 7] = [
        Self::RefusalOption,
        Self::PurposeAndScope,
        Self::StoragePlaceAndPeriod,
        Self::Protection,
        Self::ResultOfRefusal,
        Self::ComplaintChannel,
        Self::CorrectionAndDeletion,
    ];
}

words! {
    /// `guardian_left`: the guardian's account is no adult's any more.
    GuardianEnd { Withdrawn, Age, GuardianLeft }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guardian_consents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub child_id: Uuid,
    pub guardian_id: Uuid,
    pub relation: GuardianRelation,
    pub notice_version: String,
    /// List of `GuardianStatement`.
    pub statements: Json,
    pub channel: ConsentChannel,
    pub request_id: Option<String>,
    pub given_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub ended_because: Option<GuardianEnd>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
