mod door;
mod resident;
mod staff;

pub use door::*;
pub use resident::*;
pub use staff::*;
