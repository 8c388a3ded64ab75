//! Access tokens: JWT, HS256, named key, short.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use entity::login_session::SessionAudience;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::config;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Verified tokens kept, about half a kilobyte each.
const VERIFIED: u64 = 4_096;

/// What a token says. Nothing about the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: SessionAudience,
    pub sub: Uuid,
    /// The login session; its end is checked when the token is refreshed.
    pub sid: Uuid,
    /// The account's epoch at issue.
    pub epoch: i32,
    pub iat: i64,
    pub exp: i64,
}

pub struct TokenKeys {
    issuer: String,
    lifetime: TimeDelta,
    /// The first signs, all verify.
    keys: Vec<(String, EncodingKey, DecodingKey)>,
    validation: Validation,
    /// What verified tokens say. A signature stays right; whether its time is over is asked anew.
    verified: Cache<String, Claims>,
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|(id, ..)| id).collect();
        f.debug_struct("TokenKeys").field("keys", &ids).finish()
    }
}

impl TokenKeys {
    #[must_use]
    pub fn new(settings: &config::Auth) -> Self {
        let keys = settings
            .token_keys
            .iter()
            .map(|key| {
                let secret = key.secret.expose().as_bytes();
                (key.id.clone(), EncodingKey::from_secret(secret), DecodingKey::from_secret(secret))
            })
            .collect();
        // One algorithm, so neither `none` nor a confusion of key kinds is possible. The audience
        // and the time are compared by us: the library knows neither our types nor our clock.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self {
            issuer: settings.issuer.clone(),
            lifetime: TimeDelta::seconds(i64::from(settings.access_token_secs)),
            keys,
            validation,
            verified: Cache::new(VERIFIED),
        }
    }

    #[must_use]
    pub fn lifetime_secs(&self) -> i64 {
        self.lifetime.num_seconds()
    }

    /// # Errors
    /// The token cannot be signed.
    pub fn issue(
        &self,
        audience: SessionAudience,
        subject: Uuid,
        session: Uuid,
        epoch: i32,
        now: DateTime<Utc>,
    ) -> AppResult<String> {
        let (id, key, _) =
            self.keys.first().ok_or_else(|| AppError::internal("no token key is configured"))?;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: audience,
            sub: subject,
            sid: session,
            epoch,
            iat: now.timestamp(),
            exp: (now + self.lifetime).timestamp(),
        };
        let header = Header { kid: Some(id.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, key).map_err(AppError::internal)
    }

    /// # Errors
    /// `token_invalid` for anything we did not sign, `token_expired` for what we did.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> AppResult<Claims> {
        if let Some(claims) = self.verified.get(token) {
            return in_time(claims, now);
        }
        let invalid = |_cause| AppError::new(ErrorCode::TokenInvalid);
        let key = match self.keys.as_slice() {
            [(.., only)] => only,
            keys => {
                let named = decode_header(token).map_err(invalid)?.kid;
                let known = keys.iter().find(|(id, ..)| Some(id) == named.as_ref());
                known.map(|(.., key)| key).ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))?
            }
        };
        let claims = decode::<Claims>(token, key, &self.validation).map_err(invalid)?.claims;
        self.verified.insert(token.to_owned(), claims.clone());
        in_time(claims, now)
    }
}

fn in_time(claims: Claims, now: DateTime<Utc>) -> AppResult<Claims> {
    if claims.exp <= now.timestamp() {
        return Err(ErrorCode::TokenExpired.into());
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(ids: &[&str]) -> TokenKeys {
        let (config, _) = config::load(None).unwrap();
        let mut auth = config.auth;
        auth.token_keys = ids
            .iter()
            .map(|id| config::Key {
                id: (*id).to_owned(),
                secret: config::Secret::new(id.repeat(32)),
            })
            .collect();
        TokenKeys::new(&auth)
    }

    fn issue(keys: &TokenKeys, now: DateTime<Utc>) -> String {
        keys.issue(SessionAudience::Resident, Uuid::nil(), Uuid::nil(), 0, now).unwrap()
    }

    #[test]
    fn a_token_lives_its_time_and_no_longer() {
        let (keys, now) = (keys(&["a"]), DateTime::UNIX_EPOCH);
        let token = issue(&keys, now);
        assert_eq!(keys.verify(&token, now).unwrap().sub, Uuid::nil());
        let late = now + TimeDelta::seconds(keys.lifetime_secs());
        assert_eq!(keys.verify(&token, late).unwrap_err().code(), ErrorCode::TokenExpired);
    }

    #[test]
    fn keys_rotate_without_a_gap() {
        let now = DateTime::UNIX_EPOCH;
        let old = issue(&keys(&["a"]), now);
        assert!(keys(&["b", "a"]).verify(&old, now).is_ok());
        assert!(keys(&["b"]).verify(&old, now).is_err());
    }

    #[test]
    fn what_we_did_not_sign_is_invalid() {
        let (ours, now) = (keys(&["a"]), DateTime::UNIX_EPOCH);
        let token = issue(&ours, now);
        let [head, body, _] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        // {"alg":"none","kid":"a"}
        let unsigned = format!("eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.{body}.");
        let mut foreign_settings = config::load(None).unwrap().0.auth;
        foreign_settings.token_keys = vec![config::Key {
            id: "a".to_owned(),
            secret: config::Secret::new("another secret under the same name"),
        }];
        let foreign = issue(&TokenKeys::new(&foreign_settings), now);
        for token in [&unsigned, &format!("{head}.{body}."), &foreign, "", "a.b.c"] {
            assert_eq!(ours.verify(token, now).unwrap_err().code(), ErrorCode::TokenInvalid);
        }
    }
}
