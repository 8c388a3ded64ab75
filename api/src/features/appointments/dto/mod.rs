mod requests;
mod views;

pub use requests::{
    Beneficiary, CancelBooking, CancelByStaff, ConfirmBookings, CreateBooking, CreateHold,
    CreateLabBooking, CreateSlot, DecideVoid, DiscloseVisitors, LabBookingFilter, RejectBooking,
    RequestBooking, RescheduleBooking, Seat, SlotFilter,
};
pub use views::{
    Alternatives, BeneficiaryView, BookingDetail, BookingView, BulkConfirmation, ConfirmOutcome,
    SeatView, SlotView, Visitors,
};
