mod public;
mod resident;
mod staff;

pub use public::*;
pub use resident::*;
pub use staff::*;
