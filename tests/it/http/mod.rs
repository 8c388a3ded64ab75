//! What is true of every request, whatever it asks.

mod browsers;
mod envelope;
mod limits;
