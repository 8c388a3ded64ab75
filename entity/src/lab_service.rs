//! Something a lab offers free of charge.

use sea_orm::entity::prelude::*;

words! {
    /// The kinds of free, voluntary service of the programme.
    ServiceKind {
        FreeTesting,
        AuthenticityCheck,
        Consultation,
        SampleDropOff,
        /// 你送我检: the sample comes by courier, under a parcel number.
        CourierSample,
        OpenDay,
    }
}

words! {
    /// A closed service takes no new bookings.
    ServiceStatus { Open, Closed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "lab_services")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub kind: ServiceKind,
    pub name: String,
    pub description: String,
    pub created_at: DateTimeUtc,
    pub status: ServiceStatus,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
