mod faqs;
mod questions;

pub use faqs::*;
pub use questions::*;
