//! A testing institution that takes bookings.

use sea_orm::entity::prelude::*;

words! {
    LabStatus { Active, Suspended }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "labs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub region_code: String,
    /// Public address of the institution.
    pub address: String,
    /// Public telephone of the institution.
    pub phone: String,
    pub introduction: String,
    pub status: LabStatus,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
    /// Public, of the institution.
    pub email: Option<String>,
    /// Whom to ask for: an office or a title, never a person's name.
    pub contact_title: Option<String>,
    /// Per weekday; none is unknown.
    pub opening_hours: Option<Json>,
    /// Millionths of a degree, GCJ-02; together with `longitude_e6` or not at all.
    pub latitude_e6: Option<i32>,
    pub longitude_e6: Option<i32>,
    /// The last day (Asia/Shanghai) of the longest accreditation in force; none was never accredited.
    /// Kept in the transaction that changes an accreditation.
    pub accredited_until: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
