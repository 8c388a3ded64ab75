//! What residents want to hear of, and telling them.
//!
//! 1. A publication is told to each follower once, however many of their follows match.
//! 2. A correction and the withdrawal are told to exactly those who were told before.
//! 3. Telling goes in small transactions under the lock of the bulletin, each of which says how far it
//!    came: who dies is followed by somebody who goes on, and two at once take turns.
//! 4. Who unfollows is not told any more, not even of what is being told just now.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_follows)
        .service(routes::create_follow)
        .service(routes::delete_follow);
}

pub fn jobs(registry: &mut Registry) {
    registry.handle::<jobs::TellFollowers>();
}
