//! The use cases of staff. A log-in goes `login` or `wechat` → (`second_factor`) → `login::open`;
//! whatever guesses goes through `attempts` first.

mod attempts;
mod login;
mod members;
mod password;
mod second_factor;
mod sessions;
mod wechat;

pub use login::{get_staff_me, login_staff, logout_staff, refresh_staff_login};
pub use members::{
    create, create_staff_member, get_staff_member, list_staff_members, seed_staff, set_staff_status,
};
pub use password::{change_staff_password, reset_staff_password};
pub use second_factor::{
    confirm_second_factor, enrol_second_factor, pass_second_factor, remove_second_factor,
    renew_recovery_codes, reset_staff_second_factor,
};
pub use sessions::{end_staff_session, end_staff_sessions, list_staff_sessions, prune};
pub use wechat::{bind_staff_wechat, login_staff_with_wechat, unbind_staff_wechat};
