//! Every test of the service as a whole, in one binary.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails loudly")]

mod accounts;
mod appointments;
mod architecture;
mod articles;
mod authz;
mod bad_input;
mod chaos;
mod complaints;
mod configuration;
mod http;
mod idempotency;
mod import;
mod jobs;
mod kv;
mod labs;
mod monitoring_points;
mod notifications;
mod privacy;
mod quizzes;
mod readme;
mod regions;
mod replicas;
mod roles;
mod sandbox;
mod schema;
mod staff;
mod storms;
mod system;
