//! Calendars (RFC 5545) as a program of somebody else reads them.

use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty,
};
use calcard::{Entry, Parser};

#[derive(Debug)]
pub struct Calendar {
    pub method: String,
    pub zones: usize,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub uid: String,
    pub sequence: i64,
    pub status: String,
    pub summary: String,
    pub location: String,
    /// `2026-11-22 10:00:00 Asia/Shanghai`
    pub starts: String,
    pub ends: String,
    pub alarms: usize,
}

/// Reads a calendar, with its times in the zones that it says.
///
/// # Panics
/// When it is none, or has a line longer than 75 octets (RFC 5545, 3.1).
#[must_use]
pub fn read_calendar(text: &str) -> Calendar {
    assert!(text.ends_with("END:VCALENDAR\r\n"), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    let mut parser = Parser::new(text);
    let Entry::ICalendar(calendar) = parser.entry() else { panic!("no calendar: {text}") };
    assert_eq!(parser.entry(), Entry::Eof, "something after it");
    let of_type = |wanted: ICalendarComponentType| {
        calendar.components.iter().filter(move |one| one.component_type == wanted)
    };
    let root = of_type(ICalendarComponentType::VCalendar).next().unwrap();
    let dates = calendar.expand_dates(Tz::Floating, usize::MAX);
    assert!(dates.errors.is_empty(), "{:?}", dates.errors);
    let of_event = |date: &_| event(&calendar, date);
    let events: Vec<Event> = dates.events.iter().map(of_event).collect();
    assert_eq!(events.len(), of_type(ICalendarComponentType::VEvent).count());
    Calendar {
        method: property(root, &ICalendarProperty::Method),
        zones: of_type(ICalendarComponentType::VTimezone).count(),
        events,
    }
}

type Dated = calcard::icalendar::dates::CalendarEvent<
    chrono::DateTime<Tz>,
    calcard::icalendar::dates::TimeOrDelta<chrono::DateTime<Tz>, chrono::TimeDelta>,
>;

fn event(calendar: &ICalendar, dated: &Dated) -> Event {
    let component = calendar.component_by_id(dated.comp_id).unwrap();
    let sequence = component.property(&ICalendarProperty::Sequence).unwrap();
    let date = dated.clone().try_into_date_time().unwrap();
    let local = |at: chrono::DateTime<Tz>| {
        format!("{} {}", at.naive_local(), at.timezone().name().unwrap_or_default())
    };
    Event {
        uid: component.uid().unwrap().to_owned(),
        sequence: sequence.values[0].as_integer().unwrap(),
        status: property(component, &ICalendarProperty::Status),
        summary: property(component, &ICalendarProperty::Summary),
        location: property(component, &ICalendarProperty::Location),
        starts: local(date.start),
        ends: local(date.end),
        alarms: calendar.alarms_for_id(dated.comp_id).count(),
    }
}

/// Its text; empty when there is none.
fn property(component: &ICalendarComponent, name: &ICalendarProperty) -> String {
    let value = component.property(name).and_then(|entry| entry.values.first());
    value.and_then(|value| value.as_text()).unwrap_or_default().to_owned()
}
