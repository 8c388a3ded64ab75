//! A wish to have a record corrected that its owner cannot edit (PIPL Art. 46), and the decision.

use sea_orm::entity::prelude::*;

words! {
    CorrectionSubject { Complaint }
}

words! {
    CorrectionField { ComplainantName, ComplainantPhone, ComplainantAddress }
}

words! {
    CorrectionStatus { Pending, Accepted, Refused }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "correction_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub subject_kind: CorrectionSubject,
    pub subject_id: Uuid,
    pub field: CorrectionField,
    /// Field-encrypted: what it should say.
    pub wish_cipher: Vec<u8>,
    pub status: CorrectionStatus,
    /// Field-encrypted: why it was decided so.
    pub reason_cipher: Option<Vec<u8>>,
    /// Where the record is handled, hence who decides.
    pub region_code: String,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
