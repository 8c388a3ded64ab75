mod follows;
mod told;

pub use follows::{count, delete, find, insert, lock_account, of, own_page, remove};
pub use told::{
    drop_shared_notices, event, followers, hold_accounts, insert_notices, locked_bulletin,
    raise_notices, set_reached, told_before, topic,
};
