//! The client against the simulator, over real HTTP.

mod canned;
mod client;
mod failures;
mod oauth;
mod simulator;
mod support;
mod tokens;
