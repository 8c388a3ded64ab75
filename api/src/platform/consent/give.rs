//! What a client sends when somebody has read a notice and agrees.

use entity::consent::{ConsentChannel, ConsentDecision, ConsentPurpose};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::{Decider, NoticeKind, Notices, Subject, decide, lock_account};
use crate::platform::auth::Standing;
use crate::platform::db::Tx;
use crate::platform::http::{AppResult, ErrorCode, FieldError};

/// Which client the text was read in.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientChannel {
    #[default]
    MiniProgram,
    H5,
}

impl From<ClientChannel> for ConsentChannel {
    fn from(channel: ClientChannel) -> Self {
        match channel {
            ClientChannel::MiniProgram => Self::MiniProgram,
            ClientChannel::H5 => Self::H5,
        }
    }
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveConsents {
    /// Of the notice that was read: the current one.
    #[validate(length(min = 1, max = 32))]
    #[schema(example = "general-1", max_length = 32)]
    pub version: String,
    /// What is agreed to, each by its own tick.
    #[validate(length(min = 1, max = 8))]
    pub purposes: Vec<ConsentPurpose>,
    #[serde(default)]
    pub channel: ClientChannel,
}

impl GiveConsents {
    /// Whether the right text was read, and whether these purposes can be agreed to here: those of
    /// the account, or those of one complaint.
    ///
    /// # Errors
    /// `notice_outdated`, or `validation_failed` for a purpose that belongs elsewhere.
    pub fn check(&self, notices: &Notices, is_per_complaint: bool) -> AppResult<()> {
        for purpose in &self.purposes {
            let notice = notices.to_agree(NoticeKind::General, &self.version, *purpose)?;
            check_purpose(notice.purpose(*purpose), is_per_complaint)?;
        }
        Ok(())
    }

    /// Writes what was checked into the ledger.
    ///
    /// # Errors
    /// `not_for_children` for somebody who became a child at this very moment.
    pub async fn record(&self, tx: &Tx, account_id: Uuid, subject: Subject) -> AppResult<()> {
        let account = lock_account(tx, account_id).await?;
        if !account.is_some_and(|account| Standing::of(&account).may_consent()) {
            return Err(ErrorCode::NotForChildren.into());
        }
        let who = Decider {
            account_id,
            decided_by: account_id,
            notice_version: self.version.clone(),
            channel: self.channel.into(),
        };
        for purpose in &self.purposes {
            decide(tx, &who, subject, *purpose, ConsentDecision::Given).await?;
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawConsents {
    #[validate(length(min = 1, max = 8))]
    pub purposes: Vec<ConsentPurpose>,
    #[serde(default)]
    pub channel: ClientChannel,
}

impl WithdrawConsents {
    /// # Errors
    /// `validation_failed` for a purpose that belongs elsewhere.
    pub fn check(&self, notices: &Notices, is_per_complaint: bool) -> AppResult<()> {
        let current = notices.current(NoticeKind::General)?;
        self.purposes
            .iter()
            .try_for_each(|purpose| check_purpose(current.purpose(*purpose), is_per_complaint))
    }
}

fn check_purpose(entry: Option<&super::NoticePurpose>, is_per_complaint: bool) -> AppResult<()> {
    if entry.is_some_and(|entry| entry.is_per_complaint == is_per_complaint) {
        return Ok(());
    }
    let message = if is_per_complaint {
        "该事项不按件征求同意"
    } else {
        "该事项须按件单独同意"
    };
    Err(FieldError::new("purposes", "invalid_format", message).into())
}
