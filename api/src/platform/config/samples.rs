use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    pub result_workdays: u32,
    pub per_unit: u16,
    pub link_secs: u32,
    pub rating_days: u32,
}
