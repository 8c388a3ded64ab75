//! A certificate of a lab. Never changed or deleted: a correction ends the row and adds another.

use sea_orm::entity::prelude::*;

words! {
    /// 检验检测机构资质认定 (CMA) and 实验室认可 (CNAS).
    AccreditationKind { Cma, Cnas }
}

words! {
    AccreditationEnd { Replaced, Revoked }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "lab_accreditations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub kind: AccreditationKind,
    pub certificate_number: String,
    pub issued_on: Date,
    /// The last day on which it is valid, Asia/Shanghai.
    pub valid_until: Date,
    pub scope_note: String,
    pub created_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub end_reason: Option<AccreditationEnd>,
    pub replaced_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
