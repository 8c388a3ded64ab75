mod poster;
mod reader;

pub use poster::*;
pub use reader::*;
