//! What WeChat thought of an account at one moment. A hint among others: nothing may be refused
//! because of it alone (PIPL, Art. 24).

use sea_orm::entity::prelude::*;

words! {
    /// What the account was about to do.
    RiskScene { Register, Ugc }
}

words! {
    /// `unknown`: WeChat could not or would not say.
    RiskStatus { Pending, Ranked, Unknown }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "risk_signals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub scene: RiskScene,
    pub status: RiskStatus,
    /// Field-encrypted network address for the question; erased with the answer.
    pub address_cipher: Option<Vec<u8>>,
    /// 0 none, 1 and 2 low, 3 medium, 4 high.
    pub rank: Option<i16>,
    /// WeChat's error code when it did not say.
    pub code: Option<i32>,
    pub created_at: DateTimeUtc,
    pub answered_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
