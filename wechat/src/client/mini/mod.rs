//! The mini-program's server API (protocol 2).

mod content;
mod login;
mod phone;
mod risk;
mod session;
mod subscribe;
mod template_moment;
pub mod template_value;

pub use content::{Label, Suggest, TEXT_LIMIT, TextCheck, TextScene, TextVerdict};
pub use login::Session;
pub use phone::PhoneNumber;
pub use risk::{RiskInquiry, RiskRank, RiskScene};
pub use session::SessionState;
pub use subscribe::{Lang, MiniProgramState, Sent, SubscribeMessage};
