use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointments {
    pub confirm_within_secs: u32,
    pub cutoff_secs: u32,
    pub horizon_days: u32,
    pub hold_secs: u32,
    pub max_moves: u16,
    pub account_quota: u16,
    pub phone_quota: u16,
    pub group_units: u16,
    pub offer_secs: u32,
    pub waitlist_per_slot: u16,
    pub priority_days: u32,
    pub check_in_before_secs: u32,
    pub no_show_grace_secs: u32,
    pub parcel_grace_secs: u32,
    pub no_show_limit: u16,
    pub no_show_window_secs: u32,
    pub pause_secs: u32,
    pub check_in_code_secs: u32,
    pub undo_no_show_days: u32,
    pub scan_tolerance_secs: u32,
    pub scan_within_days: u32,
    pub remind_ahead_secs: u32,
    pub remind_soon_secs: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    pub export_keep_secs: u32,
}
