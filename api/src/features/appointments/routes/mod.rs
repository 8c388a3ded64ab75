mod door;
mod resident;
mod staff;

pub use door::*;
mod parcel;

pub use parcel::*;
pub use resident::*;
pub use staff::*;
