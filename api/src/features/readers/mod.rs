//! What readers have to do with articles: favourites, the reading history, votes, shares, and the
//! posters that led them here.
//!
//! 1. What is one's own is asked for apart from the article and never cached; a public body has
//!    nothing personal in it.
//! 2. One row for each article and account, whoever asks twice or at the same moment; votes are
//!    counted in the transaction that changes them.
//! 3. A history is kept for so many days, is deleted whole or line by line, and is not kept of
//!    who does not want it, nor of children.
//! 4. Of shares and posters there are numbers by day and nothing of a person.
//! 5. An article that is not published shows nothing of itself here.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::{Every, Registry};

mod dto;
mod jobs;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    use routes::{poster, resident};

    config
        .service(resident::list_favourites)
        .service(resident::put_favourite)
        .service(resident::delete_favourite)
        .service(resident::list_readings)
        .service(resident::record_reading)
        .service(resident::clear_readings)
        .service(resident::delete_reading)
        .service(resident::get_reader_settings)
        .service(resident::set_reader_settings)
        .service(resident::get_article_state)
        .service(resident::list_article_states)
        .service(resident::vote_article)
        .service(resident::withdraw_vote)
        .service(resident::share_article)
        .service(poster::follow_poster)
        .service(poster::get_readership)
        .service(poster::create_poster_code)
        .service(poster::list_poster_codes)
        .service(poster::get_poster_picture)
        .service(poster::get_poster_hits)
        .service(poster::close_poster_code);
}

pub fn jobs(registry: &mut Registry) {
    registry.schedule::<jobs::PruneReadings>(Every::hours::<jobs::PruneReadings>(6));
}
