//! Notices to residents: the inbox, and the WeChat message that tries.

mod deliver;
mod inbox;
