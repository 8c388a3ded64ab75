//! A scan that was made without network and told later. One row per scan, so that telling it again
//! changes nothing.

use sea_orm::entity::prelude::*;

words! {
    /// What became of a scan.
    ScanOutcome {
        CheckedIn,
        /// By another scan, or at the desk: two came with one booking.
        AlreadyCheckedIn,
        CancelledMeanwhile,
        /// Held, waiting, or on the wait-list.
        NotConfirmed,
        /// The slot is on another day.
        WrongDay,
        Unknown,
        WrongLab,
        CodeInvalid,
        CodeExpired,
        /// Told too late.
        TooOld,
        /// The device is ahead of the time.
        FutureClock,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "check_in_scans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub lab_id: Uuid,
    /// Given by the device.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scan_id: Uuid,
    pub booking_id: Uuid,
    pub outcome: ScanOutcome,
    pub device: String,
    pub place: Option<String>,
    /// By the clock of the device.
    pub scanned_at: DateTimeUtc,
    pub synced_by: Uuid,
    pub synced_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
