//! Newtypes for text that must not reach a log line.
//!
//! Two kinds: *secrets* (credentials; wiped from memory on drop, compared in constant time, read
//! through `expose()`) and *identifiers* (personal data; ordinary strings apart from a redacted
//! `Debug`). Neither implements `Display`, so `format!("{x}")` does not compile.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Deserialize)]
        #[serde(from = "String")]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Wraps the secret text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(Zeroizing::new(text.into()))
            }

            /// The secret text itself. Every caller of this is a place to look at when auditing for
            /// leaks.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the identifier.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier as WeChat wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The owned text.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret! {
    /// The app secret of a mini-program or public account (`AppSecret` in the console).
    AppSecret
}

secret! {
    /// The session key of one user in one mini-program: base64 of 16 bytes, kept in the form
    /// received because the platform signs with that text (Tencent: `checkSessionKey`; protocol
    /// 2.2). Must never leave the server.
    SessionKey
}

secret! {
    /// The token of one user's web authorisation, unrelated to the app's token (protocol 3.16).
    UserToken
}

secret! {
    /// Renews a [`UserToken`] for 30 days (protocol 3.16).
    UserRefreshToken
}

secret! {
    /// An app-level access token; reserve 512 characters when storing it (protocol 1.2).
    AccessToken
}

secret! {
    /// The `Token` of a push configuration, the shared secret of callback signatures (protocol
    /// 3.1).
    CallbackToken
}

identifier! {
    /// One user in one appid (protocol 0.4).
    OpenId
}

identifier! {
    /// One user across every app bound to the same Open Platform account (protocol 0.4).
    UnionId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_secrets_and_identifiers_is_redacted() {
        let shown = format!("{:?} {:?}", SessionKey::new("k-e-y"), OpenId::new("oAbc"));
        assert_eq!(shown, "SessionKey(redacted) OpenId(redacted)");
    }

    #[test]
    fn secrets_compare_by_content() {
        assert_eq!(AccessToken::new("a"), AccessToken::new("a"));
        assert_ne!(AccessToken::new("a"), AccessToken::new("b"));
        assert_ne!(AccessToken::new("a"), AccessToken::new("aa"));
    }
}
