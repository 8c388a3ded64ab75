mod requests;
mod views;

pub use requests::{
    CreateLab, CreateLabService, LabFilter, SetLabCapabilities, SetLabServiceStatus, SetLabStatus,
    UpdateLabProfile, UpdateLabService, WriteAccreditation,
};
pub use views::{LabParts, LabProfile, LabProfileSummary, LabSummary, LabView, NearLab, TERMS};
