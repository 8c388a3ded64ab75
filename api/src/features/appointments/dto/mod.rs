mod door;
mod requests;
mod strand;
mod views;

pub use door::{
    CheckInList, CheckInListFilter, ExpectedVisitor, OfflineScan, ScanReport, ScanReports,
    SetAttendance, SyncCheckIns, UndoNoShow, VisitFilter, VisitView,
};
mod parcel;

pub use parcel::SetParcelNumber;
pub use requests::{
    AlternativesQuery, Beneficiary, CancelBooking, CancelByStaff, CheckIn, ConfirmBookings,
    CreateBooking, CreateHold, CreateLabBooking, CreateSlot, DecideVoid, DiscloseVisitors,
    LabBookingFilter, RejectBooking, RequestBooking, RescheduleBooking, RosterSeat, SlotFilter,
};
pub use strand::StrandedBooking;
pub use views::{
    Alternatives, BeneficiaryView, BookingDetail, BookingView, BulkConfirmation, CheckInCodeView,
    ConfirmOutcome, RosterSeatView, SlotView, Visitors,
};
