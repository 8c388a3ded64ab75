//! Use cases: coming in by either door, becoming one person, and what one does with one's account.

mod conflicts;
mod enter;
mod find;
mod h5;
mod me;
mod merge;
mod phone;
mod real_name;
mod sessions;

pub use conflicts::{decide_account_conflict, list_account_conflicts};
pub use enter::{login_with_wechat, logout, refresh_login};
pub use find::{find_accounts, openid_of};
pub use h5::{H5Start, authorize_h5_login, is_h5_secure, login_with_wechat_h5};
pub use me::{delete_school, forget_profile, get_me, put_school, update_me};
pub use merge::finish_merge;
pub use phone::{bind_phone, bind_phone_from_wechat_data, drop_phone, unbind_phone};
pub use real_name::{
    delete_real_name, forget_real_name, get_real_name, put_real_name, real_name_for_case,
};
pub use sessions::{end_other_sessions, end_session, list_sessions};

use entity::account::{self, AccountStatus};
use uuid::Uuid;

pub use super::model::wechat_refusal;
use super::queries;
use crate::platform::crypto::column;
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

const SESSION_KEY: &str = column::WECHAT_SESSION_KEY.purpose;
const PHONE: &str = column::ACCOUNT_PHONE.purpose;

/// One's own account, locked until the end of the transaction. It may have become part of another
/// since the request was let in.
async fn locked_own(tx: &Tx, id: Uuid) -> AppResult<account::Model> {
    let own = queries::locked_accounts(tx, [id]).await?.pop();
    own.filter(|account| account.status == AccountStatus::Active)
        .ok_or_else(|| AppError::new(ErrorCode::TokenInvalid))
}
