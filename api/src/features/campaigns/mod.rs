//! Campaigns of a year (质量月, 三进 …): a theme, slogans, and the articles, quizzes and stops that belong
//! to it.
//!
//! 1. The public sees published campaigns, and of their items those that are public themselves: what is
//!    withdrawn, closed or cancelled is left out.
//! 2. Staff manage campaigns of their regions; one of the whole country is headquarters'.
//! 3. A page of campaigns is forgotten with anything it shows.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod policy;
mod queries;
mod routes;
pub mod service;

pub use dto::CampaignSummary;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_campaigns)
        .service(routes::get_campaign)
        .service(routes::list_staff_campaigns)
        .service(routes::create_campaign)
        .service(routes::get_staff_campaign)
        .service(routes::update_campaign)
        .service(routes::publish_campaign)
        .service(routes::archive_campaign);
}
