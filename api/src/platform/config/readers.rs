use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readers {
    pub history_days: u32,
    pub favourites_most: u32,
    pub poster_url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    pub answer_workdays: u32,
}
