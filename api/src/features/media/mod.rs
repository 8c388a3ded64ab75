//! Files that people upload: a ticket, the bytes, a check, an object that holds the file, and the end.
//!
//! 1. A ticket is used once, by whom it was given to; the row with the storage key is there before
//!    the first byte is stored, so that nothing is stored that nobody knows of.
//! 2. Nobody else sees a file before it is checked. A picture is what we drew, not what was sent.
//! 3. A file belongs to one object. Everybody sees it while that object is public; else the feature of
//!    the object decides who does.
//! 4. A file that no object holds is deleted, bytes first, row last: what is begun twice ends once.
//! 5. Neither the client's file name nor its media type is kept, and no key leaves this feature.
//!
//! What residents upload is private to a case today. A purpose that shows it to others must keep it in
//! `checking` until WeChat's `media_check_async` has said `pass`; a test in `model` holds the table to
//! that.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::create_media_ticket)
        .service(routes::upload_media)
        .service(routes::get_media)
        .service(routes::create_staff_media_ticket)
        .service(routes::upload_staff_media)
        .service(routes::get_staff_media);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::ExpireMedia>(Every::hours::<jobs::ExpireMedia>(1));
    registry.schedule::<jobs::SweepStorage>(Every::hours::<jobs::SweepStorage>(24));
}
