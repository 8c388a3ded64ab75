//! What the simulated platform knows from its console.

use crate::secret::AppSecret;

/// Which APIs an account may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// Mini-program.
    MiniProgram,
    /// Public account of the service kind.
    Service,
    /// Public account of the subscription kind.
    Subscription,
}

/// An account.
#[derive(Debug, Clone)]
pub struct SimAccount {
    /// Its appid.
    pub appid: String,
    /// Its secret.
    pub secret: AppSecret,
    /// What it is.
    pub kind: AccountKind,
    /// Bound to an Open Platform account, so that its users have a unionid.
    pub is_bound: bool,
    /// Hosts that web authorisation may return to; none lists them all.
    pub redirect_hosts: Vec<String>,
    /// The administrator froze the secret: no new tokens (40243).
    pub is_secret_frozen: bool,
}

impl SimAccount {
    /// A mini-program bound to an Open Platform account.
    pub fn mini_program(appid: impl Into<String>, secret: impl Into<AppSecret>) -> Self {
        Self {
            appid: appid.into(),
            secret: secret.into(),
            kind: AccountKind::MiniProgram,
            is_bound: true,
            redirect_hosts: Vec::new(),
            is_secret_frozen: false,
        }
    }

    /// A service account bound to the same Open Platform account.
    pub fn service(appid: impl Into<String>, secret: impl Into<AppSecret>) -> Self {
        Self { kind: AccountKind::Service, ..Self::mini_program(appid, secret) }
    }
}

/// A subscribe-message template of the account's private list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimTemplate {
    /// Its id (`priTmplId`).
    pub id: String,
    /// Its keys, for example `thing1` and `time2`. A message must have all of them and no other.
    pub keys: Vec<String>,
}
