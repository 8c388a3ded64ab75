pub mod poster;
pub mod resident;
