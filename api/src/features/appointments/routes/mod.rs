mod resident;
mod staff;

pub use resident::*;
pub use staff::*;
