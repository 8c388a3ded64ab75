mod edit;
mod public;
mod workflow;

pub use edit::*;
pub use public::*;
pub use workflow::*;
