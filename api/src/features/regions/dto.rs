use entity::region::{self, RegionLevel};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegionFilter {
    /// Code of the region above; absent or empty for provinces and reporting units.
    #[param(example = "1101")]
    pub parent: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RegionView {
    /// Statistical code: 2 digits a province, 4 a city, 6 a county, 9 a street or township.
    #[schema(example = "110101001")]
    pub code: String,
    #[schema(example = "东华门街道")]
    pub name: String,
    pub level: RegionLevel,
    pub parent_code: Option<String>,
    #[schema(example = "北京市东城区东华门街道")]
    pub full_name: String,
}

/// All regions directly below one, by code. At most a few hundred, hence one page.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegionList {
    pub items: Vec<RegionView>,
}

impl From<region::Model> for RegionView {
    fn from(row: region::Model) -> Self {
        let region::Model { code, name, level, parent_code, full_name } = row;
        Self { code, name, level, parent_code, full_name }
    }
}
