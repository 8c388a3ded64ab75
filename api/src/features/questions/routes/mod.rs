pub mod faq;
pub mod resident;
pub mod staff;
