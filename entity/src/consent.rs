//! The ledger of consents: appended to, never changed. What holds is the row with the highest
//! `seq` of its subject and purpose.

use sea_orm::entity::prelude::*;

words! {
    /// What a consent is about: an account, or one complaint.
    ConsentSubject { Account, Complaint }
}

words! {
    /// What somebody agrees to. `publish` and `pass_on` are separate consents of one complaint
    /// (PIPL Art. 23, 25).
    ConsentPurpose { AccountBasic, Phone, RealName, MessagePush, Publish, PassOn }
}

words! {
    ConsentDecision { Given, Withdrawn }
}

words! {
    /// Where the text was read and the decision made.
    ConsentChannel { MiniProgram, H5, Staff, Paper }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose data it is about.
    pub account_id: Uuid,
    pub subject_kind: ConsentSubject,
    pub subject_id: Uuid,
    pub purpose: ConsentPurpose,
    /// 1 for the first decision of this subject and purpose.
    pub seq: i32,
    pub decision: ConsentDecision,
    pub notice_version: String,
    pub channel: ConsentChannel,
    /// The account that decided: oneself, or the guardian of a child.
    pub decided_by: Uuid,
    pub request_id: Option<String>,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
