//! What tests and the embedding product can do to the simulated platform.

use serde_json::Value;

use super::accounts::SimAccount;
use super::endpoints::{login, oauth, phone, subscribe, token};
use super::ledger::{Outcome, RecordedCall};
use super::{Fault, SimulatorHandle, identity};
use crate::client::StoreError;
use crate::client::mini::{Label, Suggest};
use crate::client::official::OauthScope;
use crate::secret::{OpenId, UnionId};

/// Why a control call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// No account with that appid was configured.
    #[error("no such account")]
    UnknownAccount,
    /// The user has not logged in.
    #[error("the user has no session")]
    NoSession,
    /// The simulator's store failed.
    #[error("simulator store failed")]
    Store(#[from] StoreError),
}

/// Users. A user is named by any text, stands for one person across all accounts, and needs no
/// registration.
impl SimulatorHandle {
    /// What `wx.login` gives the client: a code for
    /// [`code_to_session`](crate::Client::code_to_session), good for five minutes and one use, at
    /// any simulator that shares the store.
    ///
    /// # Errors
    /// See [`SimulatorError`].
    pub async fn mint_login_code(&self, user: &str, appid: &str) -> Result<String, SimulatorError> {
        Ok(login::mint(&self.world, self.account(appid)?, user).await?)
    }

    /// What the phone button gives the client: a code for
    /// [`phone_number`](crate::Client::phone_number), good for five minutes and one use. `phone` is
    /// a mainland number, or `+<area code>-<number>`.
    ///
    /// # Errors
    /// See [`SimulatorError`].
    pub async fn mint_phone_code(
        &self,
        user: &str,
        phone: &str,
        appid: &str,
    ) -> Result<String, SimulatorError> {
        Ok(phone::mint(&self.world, self.account(appid)?, user, phone).await?)
    }

    /// What comes back from the authorisation page: a code for
    /// [`oauth_access_token`](crate::Client::oauth_access_token), good for five minutes and one use.
    ///
    /// # Errors
    /// See [`SimulatorError`].
    pub async fn mint_oauth_code(
        &self,
        user: &str,
        appid: &str,
        scope: OauthScope,
    ) -> Result<String, SimulatorError> {
        Ok(oauth::mint(&self.world, self.account(appid)?, user, scope, false).await?)
    }

    /// As [`mint_oauth_code`](Self::mint_oauth_code), from a page opened in snapshot mode.
    ///
    /// # Errors
    /// See [`SimulatorError`].
    pub async fn mint_snapshot_code(&self, appid: &str) -> Result<String, SimulatorError> {
        let scope = OauthScope::UserInfo;
        Ok(oauth::mint(&self.world, self.account(appid)?, "", scope, true).await?)
    }

    /// Old-style open data of a user, encrypted with the key of the latest login: what the client
    /// calls `encryptedData` and `iv` (protocol 2.4). `fields` is the JSON object; a watermark
    /// is added unless it brings its own.
    ///
    /// # Errors
    /// See [`SimulatorError`]; a user who never logged in has no session key.
    pub async fn open_data(
        &self,
        user: &str,
        appid: &str,
        fields: Value,
    ) -> Result<(String, String), SimulatorError> {
        let account = self.account(appid)?;
        let sealed = login::open_data(&self.world, account, user, fields).await?;
        sealed.ok_or(SimulatorError::NoSession)
    }

    /// The openid that a login of `user` in `appid` yields.
    pub fn openid(&self, user: &str, appid: &str) -> OpenId {
        identity::openid(appid, user).into()
    }

    /// The unionid that a login of `user` in a bound app yields.
    pub fn unionid(&self, user: &str) -> UnionId {
        identity::unionid(user).into()
    }

    /// The user accepts `count` subscribe messages of a template, in every mini-program; at most 64
    /// can be open.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn grant_subscribe(
        &self,
        user: &str,
        template_id: &str,
        count: u32,
    ) -> Result<(), SimulatorError> {
        for openid in self.world.openids(user) {
            subscribe::grant(&self.world, &openid, template_id, count).await?;
        }
        Ok(())
    }

    /// The user has not used any mini-program for hours: content checks answer 61010 until the next
    /// login.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mark_inactive(&self, user: &str) -> Result<(), SimulatorError> {
        for openid in self.world.openids(user) {
            login::forget_activity(&self.world, &openid).await?;
        }
        Ok(())
    }

    /// The user is using the mini-programs now, without a login.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mark_active(&self, user: &str) -> Result<(), SimulatorError> {
        let now = self.world.clock.now();
        for openid in self.world.openids(user) {
            login::touch(&self.world, &openid, now).await?;
        }
        Ok(())
    }

    fn account(&self, appid: &str) -> Result<&SimAccount, SimulatorError> {
        self.world.account(appid).ok_or(SimulatorError::UnknownAccount)
    }
}

/// The platform's console and its moods.
impl SimulatorHandle {
    /// Adds a subscribe-message template, or replaces its keys.
    pub fn register_template(&self, template_id: &str, keys: &[&str]) {
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        self.world.register_template(template_id, keys);
    }

    /// Texts containing `substring` get this verdict; the first rule that matches counts.
    pub fn text_rule(&self, substring: &str, suggest: Suggest, label: Label) {
        self.world.add_text_rule(substring, suggest, label);
    }

    /// The platform's risk rank of `user` in every mini-program; 0 for whom none was set.
    pub fn set_risk_rank(&self, user: &str, rank: u8) {
        for openid in self.world.openids(user) {
            self.world.set_risk_rank(openid, rank);
        }
    }

    /// Somebody else replaced the account's stable token: the old one is dead at once.
    ///
    /// # Errors
    /// See [`SimulatorError`].
    pub async fn invalidate_token(&self, appid: &str) -> Result<(), SimulatorError> {
        let account = self.account(appid)?;
        let result = token::invalidate(&self.world, account).await;
        result.map_err(|refused| SimulatorError::Store(format!("{refused:?}").into()))
    }

    /// The next `times` calls to `path` go wrong. Faults for one path queue up.
    pub fn inject(&self, path: &str, fault: Fault, times: u32) {
        self.world.faults.inject(path, fault, times);
    }

    /// Drops all faults that have not happened yet.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// From now on `path` takes `limit` calls per minute: beyond, 44991 for text checks and 45011
    /// elsewhere.
    pub fn limit_per_minute(&self, path: &str, limit: u32) {
        self.world.ledger.limit_per_minute(path, limit);
    }
}

/// What was called. The latest 10,000 calls are remembered.
impl SimulatorHandle {
    /// The calls to `path`, oldest first.
    pub fn calls(&self, path: &str) -> Vec<RecordedCall> {
        self.world.ledger.calls(|call| call.path == path)
    }

    /// How many calls to `path` are remembered.
    pub fn call_count(&self, path: &str) -> usize {
        self.world.ledger.count(path)
    }

    /// Calls to paths the simulator does not know.
    pub fn unexpected_calls(&self) -> Vec<RecordedCall> {
        self.world.ledger.calls(|call| call.outcome == Outcome::UnknownPath)
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.world.ledger.forget();
    }
}
