mod requests;
mod views;

pub use requests::{
    Capability, CreateLab, CreateLabService, LabFilter, SetLabCapabilities,
    SetLabServiceStatus, SetLabStatus, UpdateLabProfile, UpdateLabService, WriteAccreditation,
};
pub use views::{
    AccreditationView, LabParts, LabProfile, LabProfileSummary, LabSummary, LabView, NearLab, TERMS,
};
