mod parcel;
mod resident;
mod staff;

pub use parcel::*;
pub use resident::*;
pub use staff::*;
