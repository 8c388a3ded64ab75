mod imports;
mod public;
mod staff;

pub use imports::*;
pub use public::*;
pub use staff::*;
