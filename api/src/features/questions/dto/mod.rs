mod faq;
mod requests;
mod views;

pub use faq::*;
pub use requests::*;
pub use views::*;
