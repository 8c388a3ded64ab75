use serde::Deserialize;

/// The public files that tell where there is room.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    pub refresh_secs: u16,
    pub weeks: u8,
}
