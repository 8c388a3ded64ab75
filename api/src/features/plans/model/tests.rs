use chrono::{DateTime, Days, NaiveDate, Utc};
use proptest::prelude::*;

use super::*;
use crate::platform::clock::{from_local, local_date};
use crate::platform::workdays::Workdays;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn time(text: &str) -> ClockTime {
    text.parse().unwrap()
}

fn window(from: &str, to: &str) -> Window {
    Window { from: time(from), to: time(to) }
}

fn rule(rrule: &str) -> Rule {
    Rule {
        rrule: rrule.to_owned(),
        starts_on: day("2026-09-01"),
        ends_on: None,
        windows: vec![window("09:00", "11:30"), window("14:00", "16:30")],
        slot_minutes: 60,
        buffer_minutes: 15,
        capacity: 5,
        reserved_units: 1,
        notice_minutes: None,
        horizon_days: 30,
        release: None,
        district_first_minutes: 0,
        skips_holidays: false,
        runs_on_make_up_days: false,
        extra_dates: Vec::new(),
        blackout_dates: Vec::new(),
    }
}

fn days(rule: &Rule, from: &str, until: &str) -> Vec<String> {
    let workdays = Workdays::embedded().unwrap();
    let timetable = Timetable::of(rule, &workdays, "110108").unwrap();
    timetable.days(day(from), day(until)).iter().map(ToString::to_string).collect()
}

fn mistake(rrule: &str) -> Option<Mistake> {
    let (rule, workdays) = (rule(rrule), Workdays::embedded().unwrap());
    Timetable::of(&rule, &workdays, "11").and_then(|timetable| timetable.check()).err()
}

#[test]
fn weekly_and_monthly_rules_name_their_days() {
    let weekly = rule("FREQ=WEEKLY;BYDAY=TU,TH");
    assert_eq!(
        days(&weekly, "2026-11-23", "2026-12-01"),
        ["2026-11-24", "2026-11-26", "2026-12-01"]
    );
    let every_other = rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU");
    assert_eq!(
        days(&every_other, "2026-09-01", "2026-10-01"),
        ["2026-09-01", "2026-09-15", "2026-09-29"]
    );
    let last_friday = rule("FREQ=MONTHLY;BYDAY=-1FR");
    assert_eq!(days(&last_friday, "2026-11-01", "2026-12-31"), ["2026-11-27", "2026-12-25"]);
    let thirty_first = rule("FREQ=MONTHLY;BYMONTHDAY=31");
    assert_eq!(
        days(&thirty_first, "2026-09-01", "2027-01-31"),
        ["2026-10-31", "2026-12-31", "2027-01-31"]
    );
    let leap = rule("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29");
    assert_eq!(days(&leap, "2026-09-01", "2032-12-31"), ["2028-02-29", "2032-02-29"]);
    let three_times = rule("FREQ=DAILY;COUNT=3");
    assert_eq!(days(&three_times, "2026-09-02", "2026-12-31"), ["2026-09-02", "2026-09-03"]);
    let no_day = Rule { ends_on: Some(day("2026-11-25")), ..weekly };
    assert_eq!(days(&no_day, "2026-11-23", "2026-12-31"), ["2026-11-24"]);
}

#[test]
fn a_rule_that_explodes_or_never_happens_is_refused_soon() {
    for refused in [
        "FREQ=SECONDLY;BYDAY=MO",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        "FREQ=YEARLY",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYMINUTE=0",
        "FREQ=DAILY;BYSECOND=1",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=4294967295",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=61",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;UNTIL=20270101",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY",
        "FREQ=DAILY\nRRULE:FREQ=SECONDLY",
        "RRULE:FREQ=DAILY",
        "freq=daily",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=WEEKLY;BYDAY=MO,MO,MO,MO,MO,MO,MO,MO,MO,MO,MO,MO,MO,MO,MO",
        "FREQ=MONTHLY;BYYEARDAY=1",
        "INTERVAL=2;BYDAY=MO",
        "FREQ=DAILY;BYEASTER=1",
        "每天 09:00",
        "",
    ] {
        assert!(matches!(mistake(refused), Some(Mistake::Rule(_))), "{refused}");
    }
    for never in [
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30,31",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;INTERVAL=60;BYMONTH=4;BYMONTHDAY=31",
    ] {
        assert_eq!(mistake(never), Some(Mistake::NeverHappens), "{never}");
    }
    assert_eq!(mistake("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29"), None);
}

#[test]
fn days_off_make_up_days_extra_and_blackout_days() {
    let plain = rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
    let (from, until) = ("2026-09-30", "2026-10-10");
    assert_eq!(days(&plain, from, until).len(), 8);
    let careful = Rule { skips_holidays: true, ..plain };
    assert_eq!(days(&careful, from, until), ["2026-09-30", "2026-10-08", "2026-10-09"]);
    let busy = Rule { runs_on_make_up_days: true, ..careful.clone() };
    assert_eq!(days(&busy, from, until), ["2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10"]);
    // A Saturday of the week off is one, an ordinary Saturday is not.
    let saturdays = Rule { skips_holidays: true, ..rule("FREQ=WEEKLY;BYDAY=SA") };
    assert_eq!(days(&saturdays, "2026-09-26", "2026-10-17"), ["2026-10-10", "2026-10-17"]);
    let own = Rule {
        extra_dates: vec![day("2026-10-03"), day("2026-10-04"), day("2027-01-01")],
        blackout_dates: vec![day("2026-10-04"), day("2026-10-08")],
        ..careful
    };
    assert_eq!(days(&own, from, until), ["2026-09-30", "2026-10-03", "2026-10-09"]);
}

#[test]
fn slots_keep_to_windows_and_buffers_and_to_the_day_in_china() {
    let workdays = Workdays::embedded().unwrap();
    let night = Rule {
        windows: vec![window("00:00", "01:00"), window("23:00", "24:00")],
        buffer_minutes: 0,
        notice_minutes: Some(60),
        release: Some(Release { days_before: 7, at: time("08:30") }),
        district_first_minutes: 120,
        ..rule("FREQ=DAILY")
    };
    let timetable = Timetable::of(&night, &workdays, "110108").unwrap();
    let one_day = timetable.slots(day("2026-11-21"), day("2026-11-21"));
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let times: Vec<_> = one_day.iter().map(|slot| (slot.starts_at, slot.ends_at)).collect();
    assert_eq!(
        times,
        [
            (at("2026-11-20T16:00:00Z"), at("2026-11-20T17:00:00Z")),
            (at("2026-11-21T15:00:00Z"), at("2026-11-21T16:00:00Z")),
        ]
    );
    for slot in &one_day {
        assert_eq!(slot.starts_on, local_date(slot.starts_at));
        assert_eq!(slot.released_at, Some(at("2026-11-14T00:30:00Z")));
        assert_eq!(slot.district_first_until, Some(at("2026-11-14T02:30:00Z")));
        assert_eq!(slot.district_code.as_deref(), Some("110108"));
        assert_eq!(slot.closes_at, Some(slot.starts_at - chrono::TimeDelta::hours(1)));
    }
    let usual = rule("FREQ=DAILY");
    let timetable = Timetable::of(&usual, &workdays, "110108").unwrap();
    let slots = timetable.slots(day("2026-11-21"), day("2026-11-21"));
    let clock: Vec<_> =
        slots.iter().map(|slot| slot.starts_at.format("%H:%M").to_string()).collect();
    assert_eq!(clock, ["01:00", "02:15", "06:00", "07:15"]);
    // At 00:00 in China the day before is over, a second earlier its last slot is already past.
    let midnight = from_local(day("2026-11-22").and_hms_opt(0, 0, 0).unwrap());
    let first = |now| timetable.ahead(now, local_date(now)).first().unwrap().starts_on;
    assert_eq!(first(midnight), day("2026-11-22"));
    assert_eq!(first(midnight - chrono::TimeDelta::hours(10)), day("2026-11-21"));
}

#[test]
fn fields_that_contradict_each_other_are_named() {
    let today = day("2026-11-20");
    let fine = rule("FREQ=DAILY");
    assert_eq!(fine.mistakes(today, None), []);
    let paths = |rule: Rule, before: Option<&Rule>| -> Vec<String> {
        rule.mistakes(today, before).into_iter().map(|field| field.path).collect()
    };
    let with = |change: fn(&mut Rule)| {
        let mut changed = fine.clone();
        change(&mut changed);
        changed
    };
    for (change, path) in [
        ((|r| r.starts_on = "2020-01-01".parse().unwrap()) as fn(&mut Rule), "rule.starts_on"),
        (|r| r.starts_on = "9999-01-01".parse().unwrap(), "rule.starts_on"),
        (|r| r.ends_on = Some("2026-08-31".parse().unwrap()), "rule.ends_on"),
        (|r| r.windows.swap(0, 1), "rule.windows"),
        (|r| r.windows[1].from = r.windows[1].to, "rule.windows"),
        (|r| r.windows[1].from = "11:29".parse().unwrap(), "rule.windows"),
        (|r| r.slot_minutes = 151, "rule.slot_minutes"),
        (|r| r.reserved_units = 6, "rule.reserved_units"),
        (|r| r.district_first_minutes = 1, "rule.district_first_minutes"),
    ] {
        let named = paths(with(change), None);
        // An end that comes late is also a beginning that comes late.
        assert!(named.contains(&path.to_owned()), "{path} in {named:?}");
    }
    let old = with(|r| r.starts_on = "2020-01-01".parse().unwrap());
    assert!(paths(old.clone(), Some(&old)).is_empty());
}

#[test]
fn times_of_day_read_back_as_they_were_written() {
    for text in ["00:00", "09:05", "23:59", "24:00"] {
        assert_eq!(time(text).to_string(), text);
    }
    for text in ["24:01", "9:00", "09:60", "+9:00", "09:0", "0900", "", "99:99", "０９:00"] {
        assert!(text.parse::<ClockTime>().is_err(), "{text}");
    }
}

prop_compose! {
    fn any_rule()(
        freq in prop::sample::select(vec![
            "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,WE,SA", "FREQ=MONTHLY;BYDAY=2TU",
            "FREQ=MONTHLY;BYMONTHDAY=-1,15", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU",
        ]),
        cuts in prop::collection::btree_set(0_u16..=288, 2..8),
        slot_minutes in 5..200_i32,
        buffer_minutes in 0..60_i32,
        start in 0_u64..400,
        length in prop::option::of(0_u64..60),
        extra in prop::collection::vec(0_u64..500, 0..5),
        blackout in prop::collection::vec(0_u64..500, 0..40),
        flags in any::<(bool, bool)>(),
    ) -> Rule {
        let origin = day("2026-01-01");
        let on = |offset: u64| origin.checked_add_days(Days::new(offset)).unwrap();
        let cuts: Vec<ClockTime> = cuts
            .into_iter()
            .map(|five| format!("{:02}:{:02}", five / 12, five % 12 * 5).parse().unwrap())
            .collect();
        let windows = cuts.chunks_exact(2).map(|pair| Window { from: pair[0], to: pair[1] });
        Rule {
            starts_on: on(start),
            ends_on: length.map(|length| on(start + length)),
            windows: windows.collect(),
            slot_minutes,
            buffer_minutes,
            extra_dates: extra.into_iter().map(on).collect(),
            blackout_dates: blackout.into_iter().map(on).collect(),
            skips_holidays: flags.0,
            runs_on_make_up_days: flags.1,
            ..rule(freq)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_rule_says_it_is_answered(
        parts in prop::collection::vec((
            prop::sample::select(vec![
                "FREQ", "INTERVAL", "COUNT", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST", "BYHOUR",
            ]),
            prop::collection::vec(
                prop::sample::select(vec![
                    "DAILY", "WEEKLY", "MONTHLY", "MO", "SU", "5FR", "-1TU", "-9WE", "1", "2", "31", "-31", "60",
                    "366", "-1", "99999", "+0",
                ]),
                1..4,
            ),
        ), 0..5),
        freq in prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY"]),
    ) {
        let parts = parts.into_iter().map(|(name, values)| format!(";{name}={}", values.join(",")));
        let workdays = Workdays::embedded().unwrap();
        let rule = rule(&format!("FREQ={freq}{}", parts.collect::<String>()));
        if let Ok(timetable) = Timetable::of(&rule, &workdays, "11") {
            let patience = rule.starts_on.checked_add_days(Days::new(9 * 366)).unwrap();
            let found = timetable.days(rule.starts_on, patience);
            prop_assert_eq!(timetable.check().is_ok(), !found.is_empty());
        }
    }

    #[test]
    fn slots_never_overlap_and_keep_to_the_rule(rule in any_rule(), offset in 0_u64..400) {
        let workdays = Workdays::embedded().unwrap();
        let timetable = Timetable::of(&rule, &workdays, "11").unwrap();
        let from = day("2026-01-01").checked_add_days(Days::new(offset)).unwrap();
        let until = from.checked_add_days(Days::new(60)).unwrap();
        let slots = timetable.slots(from, until);
        for pair in slots.windows(2) {
            prop_assert!(pair[0].ends_at <= pair[1].starts_at);
        }
        for slot in &slots {
            prop_assert_eq!((slot.ends_at - slot.starts_at).num_minutes(), i64::from(rule.slot_minutes));
            prop_assert!((from..=until).contains(&slot.starts_on));
            prop_assert!(slot.starts_on >= rule.starts_on);
            prop_assert!(rule.ends_on.is_none_or(|end| slot.starts_on <= end));
            prop_assert!(!rule.blackout_dates.contains(&slot.starts_on));
            let is_extra = rule.extra_dates.contains(&slot.starts_on);
            prop_assert!(is_extra || !rule.skips_holidays || !workdays.is_day_off(slot.starts_on));
            let inside = |w: &Window| {
                w.from.on(slot.starts_on) <= slot.starts_at && slot.ends_at <= w.to.on(slot.starts_on)
            };
            prop_assert!(rule.windows.iter().any(inside), "a slot in a break");
        }
        prop_assert_eq!(&timetable.slots(from, until), &slots);
        // Asked in two parts it says the same.
        let middle = from.checked_add_days(Days::new(23)).unwrap();
        let mut parts = timetable.slots(from, middle);
        parts.extend(timetable.slots(middle.succ_opt().unwrap(), until));
        prop_assert_eq!(parts, slots);
    }
}
