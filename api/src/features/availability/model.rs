//! The files: their names, and what stands in them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Utc};
use entity::lab;
use entity::lab_service::{self, ServiceKind};
use serde::Serialize;
use serde_json::{Value, json};

use crate::features::appointments::{Offer, OfferState};
use crate::platform::clock::{from_local, shanghai};

/// The provinces of GB/T 2260, and 66 for 新疆生产建设兵团. Other names have no file.
pub const PROVINCES: [u8; 32] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 66,
];

const CAPACITY: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity";
/// The outreach stop (`/stops/{id}`) where a slot takes place, which is not the place of its schedule.
const STOP: &str = "urn:sanjin:stop";
/// Steps in which free places are told.
const ROUGHLY: [i32; 7] = [100, 50, 20, 10, 5, 2, 1];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Locations,
    Schedules,
    /// Of the week that begins on this Monday.
    Slots(NaiveDate),
}

/// One file, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct File {
    pub kind: Kind,
    pub province: u8,
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, province } = self;
        match kind {
            Kind::Locations => write!(f, "locations-{province}.ndjson"),
            Kind::Schedules => write!(f, "schedules-{province}.ndjson"),
            Kind::Slots(monday) => write!(f, "slots-{province}-{}.ndjson", monday.format("%Y%m%d")),
        }
    }
}

/// Not the name of a file.
#[derive(Debug)]
pub struct NoFile;

impl FromStr for File {
    type Err = NoFile;

    fn from_str(name: &str) -> Result<Self, NoFile> {
        let stem = name.strip_suffix(".ndjson").ok_or(NoFile)?;
        let mut parts = stem.split('-');
        let (kind, province) = (parts.next(), parts.next());
        let province = province.and_then(|code| code.parse().ok()).ok_or(NoFile)?;
        let kind = match (kind, parts.next()) {
            (Some("locations"), None) => Kind::Locations,
            (Some("schedules"), None) => Kind::Schedules,
            (Some("slots"), Some(monday)) => {
                let monday = NaiveDate::parse_from_str(monday, "%Y%m%d");
                Kind::Slots(monday.map_err(|_unparsable| NoFile)?)
            }
            _ => return Err(NoFile),
        };
        let file = Self { kind, province };
        // One spelling each, else every spelling would be made anew.
        let is_known = PROVINCES.contains(&province) && file.to_string() == name;
        if is_known { Ok(file) } else { Err(NoFile) }
    }
}

/// The Mondays of `count` weeks, that of `today` first.
pub fn weeks(today: NaiveDate, count: u8) -> impl Iterator<Item = NaiveDate> {
    let back = Days::new(u64::from(today.weekday().num_days_from_monday()));
    let monday = today.checked_sub_days(back).unwrap_or(today);
    (0..u64::from(count)).filter_map(move |week| monday.checked_add_days(Days::new(7 * week)))
}

/// The week from a Monday on, in China.
#[must_use]
pub fn week_of(monday: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let begins = from_local(monday.and_time(NaiveTime::MIN));
    (begins, begins + Days::new(7))
}

/// What the manifest holds, in the words of FHIR's bulk data.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    transaction_time: String,
    request: String,
    output: Vec<Output>,
    error: [Output; 0],
}

#[derive(Debug, Serialize)]
struct Output {
    #[serde(rename = "type")]
    resource: &'static str,
    url: String,
    extension: Extension,
}

#[derive(Debug, Serialize)]
struct Extension {
    /// Codes of provinces.
    state: [String; 1],
}

impl Manifest {
    /// `base` is the address of the manifest; the files lie below it.
    #[must_use]
    pub fn of(
        base: &str,
        at: DateTime<Utc>,
        provinces: &BTreeSet<u8>,
        mondays: &[NaiveDate],
    ) -> Self {
        let kinds = [Kind::Locations, Kind::Schedules];
        let kinds = kinds.into_iter().chain(mondays.iter().copied().map(Kind::Slots));
        let output = |province: u8| {
            kinds.clone().map(move |kind| Output {
                resource: match kind {
                    Kind::Locations => "Location",
                    Kind::Schedules => "Schedule",
                    Kind::Slots(_) => "Slot",
                },
                url: format!("{base}/{}", File { kind, province }),
                extension: Extension { state: [province.to_string()] },
            })
        };
        Self {
            transaction_time: local(at),
            request: base.to_owned(),
            output: provinces.iter().copied().flat_map(output).collect(),
            error: [],
        }
    }
}

/// To the second, with the offset of China.
fn local(at: DateTime<Utc>) -> String {
    let there: DateTime<FixedOffset> = shanghai(at);
    there.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A lab. `region` is the full name of where it lies, `province` that of its province.
#[must_use]
pub fn location(lab: &lab::Model, region: &str, province: &str) -> Value {
    json!({
        "resourceType": "Location",
        "id": lab.id,
        "name": lab.name,
        "telecom": [{ "system": "phone", "value": lab.phone }],
        "address": {
            "text": format!("{region} {}", lab.address),
            "line": [lab.address],
            "state": province,
            "country": "CN",
        },
        "identifier": [{ "system": "urn:sanjin:region", "value": lab.region_code }],
    })
}

/// A service of a lab.
#[must_use]
pub fn schedule(service: &lab_service::Model) -> Value {
    let display = match service.kind {
        ServiceKind::FreeTesting => "免费检验检测",
        ServiceKind::AuthenticityCheck => "真假鉴别",
        ServiceKind::Consultation => "咨询",
        ServiceKind::SampleDropOff => "送检",
        ServiceKind::CourierSample => "寄样检测",
        ServiceKind::OpenDay => "实验室开放日",
    };
    json!({
        "resourceType": "Schedule",
        "id": service.id,
        "actor": [{ "reference": format!("Location/{}", service.lab_id) }],
        "serviceType": [{
            "text": service.name,
            "coding": [{
                "system": "urn:sanjin:service-kind", "code": service.kind, "display": display,
            }],
        }],
    })
}

#[must_use]
pub fn slot(offer: &Offer) -> Value {
    let status = match offer.state {
        OfferState::Free => "free",
        OfferState::Tentative => "busy-tentative",
        OfferState::Busy => "busy",
    };
    let room = roughly(offer.room).filter(|_| offer.state == OfferState::Free);
    let mut line = json!({
        "resourceType": "Slot",
        "id": offer.slot_id,
        "schedule": { "reference": format!("Schedule/{}", offer.service_id) },
        "status": status,
        "start": local(offer.starts_at),
        "end": local(offer.ends_at),
    });
    let capacity = room.map(|room| json!({ "url": CAPACITY, "valueInteger": room }));
    let stop = offer.stop_id.map(|id| json!({ "url": STOP, "valueString": id }));
    let extensions: Vec<Value> = capacity.into_iter().chain(stop).collect();
    // FHIR knows no empty list.
    if !extensions.is_empty()
        && let Some(fields) = line.as_object_mut()
    {
        fields.insert("extension".to_owned(), extensions.into());
    }
    line
}

/// Not more than there is, in steps.
fn roughly(room: i32) -> Option<i32> {
    ROUGHLY.into_iter().find(|step| *step <= room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_file_has_one_name_and_a_name_one_file() {
        for name in ["locations-11.ndjson", "schedules-65.ndjson", "slots-31-20261116.ndjson"] {
            assert_eq!(name.parse::<File>().unwrap().to_string(), name);
        }
        for name in [
            "",
            "locations-11",
            "locations-1.ndjson",
            "locations-011.ndjson",
            "locations-99.ndjson",
            "slots-11.ndjson",
            "slots-11-2026116.ndjson",
            "slots-11-20260231.ndjson",
            "Slots-11-20261116.ndjson",
            "locations-11-20261116.ndjson",
            "slots-11-20261116-1.ndjson",
            "locations-+11.ndjson",
            "slots-11--20261116.ndjson",
            "slots-11-+20261116.ndjson",
            "../11.ndjson",
        ] {
            assert!(name.parse::<File>().is_err(), "{name}");
        }
    }

    #[test]
    fn weeks_begin_on_monday_in_china() {
        let mondays: Vec<_> = weeks(day("2026-11-22"), 2).collect();
        assert_eq!(mondays, [day("2026-11-16"), day("2026-11-23")]);
        assert_eq!(weeks(day("2026-11-23"), 1).next(), Some(day("2026-11-23")));
        let (from, until) = week_of(day("2026-11-23"));
        assert_eq!(local(from), "2026-11-23T00:00:00+08:00");
        assert_eq!(local(until), "2026-11-30T00:00:00+08:00");
    }

    #[test]
    fn places_are_told_in_steps_and_never_too_many() {
        for (room, told) in
            [(0, None), (1, Some(1)), (4, Some(2)), (9, Some(5)), (9_999, Some(100))]
        {
            assert_eq!(roughly(room), told);
        }
    }
}
