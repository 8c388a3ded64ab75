//! What every feature stands on. Knows actix, sea-orm, redis and storage; knows no feature.

pub mod audit;
pub mod auth;
pub mod cache;
pub mod clock;
pub mod coalesce;
pub mod config;
pub mod consent;
pub mod content;
pub mod crypto;
pub mod db;
pub mod geo;
pub mod http;
pub mod id_number;
pub mod ids;
pub mod jobs;
pub mod kv;
pub mod lexicon;
pub mod lifecycle;
pub mod limits;
pub mod sealed_file;
pub mod shared;
pub mod storage;
pub mod telemetry;
pub mod wechat_store;
pub mod workdays;
