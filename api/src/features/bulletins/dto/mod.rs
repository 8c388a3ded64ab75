mod filters;
mod imports;
mod views;
mod write;

pub use entity::bulletin_import::SheetFormat;
pub use filters::{BulletinFilter, BulletinSelection, StaffBulletinFilter};
pub use imports::{BulletinImportSummary, BulletinImportView, RowProblem};
pub use views::{
    BulletinSummary, BulletinView, FindingView, GoneBulletin, Loaded, StaffBulletinSummary,
    StaffBulletinView, remedy_options,
};
pub use write::{CorrectBulletin, WithdrawBulletin, WriteBulletin, WriteFinding, WriteProduct};
