mod public;
mod staff;

pub use public::*;
pub use staff::*;
