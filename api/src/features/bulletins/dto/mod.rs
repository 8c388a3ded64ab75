mod filters;
mod imports;
mod views;
mod write;

pub use filters::{BulletinFilter, BulletinSelection, StaffBulletinFilter};
pub use entity::bulletin_import::SheetFormat;
pub use imports::{BulletinImportSummary, BulletinImportView, RowProblem};
pub use views::{
    BulletinSummary, BulletinView, GoneBulletin, Loaded, StaffBulletinSummary, StaffBulletinView,
};
pub use write::{CorrectBulletin, WithdrawBulletin, WriteBulletin, WriteFinding, WriteProduct};
