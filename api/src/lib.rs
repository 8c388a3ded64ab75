//! Sanjin: the back end of 消费品质量安全“进社区、进校园、进乡镇”. `ARCHITECTURE.md` is the map.

pub mod app;
pub mod cli;
pub mod features;
pub mod openapi;
pub mod operations;
pub mod platform;
pub mod server;
