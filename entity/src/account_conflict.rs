//! What WeChat reported about a person contradicts what we know; an operator looks at it. One row
//! for each contradiction, however often it is reported.

use sea_orm::entity::prelude::*;

words! {
    ConflictKind {
        /// An identity reports another unionid than before.
        OtherUnionid,
        /// An identity reports another unionid than the account's other doors.
        SecondUnionid,
        /// Two accounts have one unionid, and what they say of their owners' ages or guardians
        /// does not fit one person: a child with a parent's telephone. They stay two.
        MinorsDiffer,
        /// Two accounts that became one had given different real names.
        RealNamesDiffer,
    }
}

words! {
    ConflictDecision {
        /// What we knew stays.
        Keep,
        /// What WeChat reports is right from now on.
        Adopt,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_conflicts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: ConflictKind,
    pub account_id: Uuid,
    pub identity_id: Option<Uuid>,
    /// As reported.
    pub unionid: Option<String>,
    pub seen_count: i32,
    pub created_at: DateTimeUtc,
    pub last_seen_at: DateTimeUtc,
    pub decision: Option<ConflictDecision>,
    pub decided_at: Option<DateTimeUtc>,
    pub decided_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
