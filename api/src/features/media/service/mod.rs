//! Use cases: taking a file in, showing it, holding it for an object, letting it go.

mod hold;
mod show;
mod sweep;
mod upload;

pub use hold::{Hold, hold_media, release_held, show_held};
pub use show::{find_media, get_held_media, get_media, get_staff_media, list_held_media};
pub use sweep::{expire_media, sweep_storage};
pub use upload::{create_media_ticket, examine, keep, receive, upload_media};
