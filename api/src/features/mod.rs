//! One folder per capability, all with the same file names: `routes` (HTTP), `dto` (shapes),
//! `service` (use cases), `queries` (SQL), `model` (pure rules), `policy` (who may), `jobs`.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::jobs::Registry;

pub mod accounts;
pub mod appointments;
pub mod articles;
pub mod audit;
pub mod availability;
pub mod bulletins;
pub mod campaigns;
pub mod challenges;
pub mod classes;
pub mod complaints;
pub mod desk;
pub mod feeds;
pub mod follows;
pub mod home;
pub mod labs;
pub mod lotteries;
pub mod media;
pub mod minors;
pub mod monitoring_points;
pub mod notifications;
pub mod personal_data;
pub mod plans;
pub mod privacy;
pub mod products;
pub mod publications;
pub mod questions;
pub mod quizzes;
pub mod readers;
pub mod regions;
pub mod risk;
pub mod roles;
pub mod samples;
pub mod sandbox;
pub mod search;
pub mod staff;
pub mod stops;
pub mod system;
pub mod text_reviews;

/// Everything below `/api/v1`.
pub fn configure(config: &mut ServiceConfig<'_>) {
    // Routes are tried in this order, one by one: what most people read stands first.
    articles::configure(config);
    search::configure(config);
    availability::configure(config);
    appointments::configure(config);
    accounts::configure(config);
    privacy::configure(config);
    minors::configure(config);
    classes::configure(config);
    challenges::configure(config);
    staff::configure(config);
    roles::configure(config);
    regions::configure(config);
    readers::configure(config);
    publications::configure(config);
    campaigns::configure(config);
    feeds::configure(config);
    home::configure(config);
    quizzes::configure(config);
    labs::configure(config);
    monitoring_points::configure(config);
    samples::configure(config);
    desk::configure(config);
    stops::configure(config);
    plans::configure(config);
    lotteries::configure(config);
    complaints::configure(config);
    questions::configure(config);
    text_reviews::configure(config);
    bulletins::configure(config);
    products::configure(config);
    follows::configure(config);
    notifications::configure(config);
    audit::configure(config);
    media::configure(config);
    personal_data::configure(config);
    system::configure(config);
}

/// Every kind of job.
#[must_use]
pub fn jobs() -> Registry {
    let mut registry = Registry::default();
    accounts::jobs(&mut registry);
    appointments::jobs(&mut registry);
    articles::jobs(&mut registry);
    stops::jobs(&mut registry);
    audit::jobs(&mut registry);
    bulletins::jobs(&mut registry);
    classes::jobs(&mut registry);
    desk::jobs(&mut registry);
    follows::jobs(&mut registry);
    lotteries::jobs(&mut registry);
    media::jobs(&mut registry);
    minors::jobs(&mut registry);
    notifications::jobs(&mut registry);
    readers::jobs(&mut registry);
    risk::jobs(&mut registry);
    samples::jobs(&mut registry);
    search::jobs(&mut registry);
    plans::jobs(&mut registry);
    text_reviews::jobs(&mut registry);
    personal_data::jobs(&mut registry);
    system::jobs(&mut registry);
    registry
}
