//! The client against the simulator, over real HTTP.

mod canned;
mod client;
mod failures;
mod simulator;
mod support;
mod tokens;
