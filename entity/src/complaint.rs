//! A consumer complaint (投诉) under SAMR Order 121. What Art. 10 demands of the complainant's
//! identity is field-encrypted.

use sea_orm::entity::prelude::*;

words! {
    /// The states a complaint can be in.
    ComplaintStatus { Submitted, Accepted, NotAccepted, Withdrawn }
}

words! {
    /// What the complainant asks for (form note 4): repair, redo, replace, return, make up the
    /// quantity, refund, compensation.
    ComplaintDemand { Repair, Redo, Replace, Return, MakeUpQuantity, Refund, Compensation }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "complaints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Shown to the citizen; not enumerable.
    #[sea_orm(unique)]
    pub number: String,
    pub account_id: Uuid,
    pub status: ComplaintStatus,
    /// County or below where the respondent does business (Art. 13).
    pub region_code: String,
    pub respondent_name: String,
    pub respondent_address: String,
    pub demand: ComplaintDemand,
    pub facts: String,
    /// Amount in dispute, in fen (0.01 yuan).
    pub amount_fen: Option<i64>,
    pub purchased_on: Option<Date>,
    pub complainant_name_cipher: Vec<u8>,
    pub complainant_phone_cipher: Vec<u8>,
    pub complainant_address_cipher: Vec<u8>,
    /// Consent to publish (是否同意公示投诉信息).
    pub is_publishable: bool,
    /// Consent to delegated mediation (是否同意委托调解).
    pub is_delegable: bool,
    pub received_at: DateTimeUtc,
    pub received_on: Date,
    /// Seven working days after receipt (Art. 15).
    pub accept_due_on: Date,
    /// Ground 1-7 of Art. 16.
    pub refusal_ground: Option<i16>,
    pub decided_at: Option<DateTimeUtc>,
    pub decided_by: Option<Uuid>,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
