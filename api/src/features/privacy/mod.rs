//! Privacy notices, and one's own consents to them (PIPL Art. 14–17).
//!
//! 1. A published notice never changes; the ledger names the version that was read.
//! 2. Agreeing is possible to the current text only, and purpose by purpose.
//! 3. Taking back takes effect: the phone goes, messages stop, what needs the consent is refused.
//! 4. Consents of one complaint live with the complaint.

use utoipa_actix_web::service_config::ServiceConfig;

mod dto;
mod model;
mod routes;
pub mod service;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(routes::list_privacy_notices)
        .service(routes::get_privacy_notice)
        .service(routes::get_consents)
        .service(routes::give_consents)
        .service(routes::withdraw_consents);
}
