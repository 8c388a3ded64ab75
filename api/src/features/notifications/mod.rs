//! Notices to residents: an inbox that is always there, and a WeChat message that tries.
//!
//! 1. A notice is written in the transaction of its cause; a legal duty to tell cannot depend on a
//!    tick box, so the inbox keeps it whatever WeChat says.
//! 2. Delivery is a state of its own. A message that may have been sent is not sent again.
//! 3. A notice says what happened and where to look, never what was complained about.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub use jobs::DeliverNotification;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(routes::list_notifications).service(routes::read_notification);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::DeliverNotification>();
}
