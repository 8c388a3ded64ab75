mod articles;
mod kept;
mod merge;
mod posters;
mod votes;

pub use articles::*;
pub use kept::*;
pub use merge::*;
pub use posters::*;
pub use votes::*;
