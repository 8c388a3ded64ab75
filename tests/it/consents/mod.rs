//! Privacy notices, the ledger of consents, and that taking back takes effect.

mod case;
mod effect;
mod ledger;
mod notices;
