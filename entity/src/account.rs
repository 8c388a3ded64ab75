//! A resident: the person behind one or more WeChat identities; or a seat of a class, behind which
//! stands nobody known.

use sea_orm::entity::prelude::*;

words! {
    AccountStatus {
        Active,
        Disabled,
        /// The owner asked for deletion and may still change their mind.
        Closing,
        /// Became part of another account.
        Merged,
        Deleted,
    }
}

words! {
    /// Whom the programme addresses: communities, campuses, townships and those who teach there.
    Audience { Resident, Student, Teacher, Other }
}

words! {
    /// A `seat` has no name, no phone and no WeChat identity.
    AccountKind { Person, Seat }
}

words! {
    /// What somebody declares of their age instead of a birth date: from 18, 14 to 17, under 14.
    AgeBand { Adult, Teen, Child }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub status: AccountStatus,
    /// Raised to end every access token at once.
    pub epoch: i32,
    pub audience: Option<Audience>,
    pub region_code: Option<String>,
    /// Field-encrypted E.164-like number.
    pub phone_cipher: Option<Vec<u8>>,
    /// Blind index of the number, for exact look-up.
    pub phone_index: Option<Vec<u8>>,
    pub phone_bound_at: Option<DateTimeUtc>,
    pub kind: AccountKind,
    /// Absent: not asked yet.
    pub age_band: Option<AgeBand>,
    /// Of a minor: the first day after the month in which they turn 14 or 18. In clear, because a
    /// job looks for it; nothing is kept of an adult.
    pub age_review_on: Option<Date>,
    /// The age was asked anew and not answered yet.
    pub age_review_asked_at: Option<DateTimeUtc>,
    /// Of a child: the guardian's consent that is in force.
    pub guardian_consent_id: Option<Uuid>,
    /// The person across WeChat's apps: what joins the doors. Unique.
    pub unionid: Option<String>,
    /// Field-encrypted name of the school of a student or teacher; shown to nobody else.
    pub school_name_cipher: Option<Vec<u8>>,
    /// The account that this one became part of.
    pub merged_into: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
