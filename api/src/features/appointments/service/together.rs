//! Many who ask for places at the same moment, in one transaction: one lock of each slot and one
//! commit for all, an answer of its own for each. Who is not simply given places or refused here,
//! because somebody got in between or an old answer has to be repeated, is sent back to ask alone,
//! where all of that is dealt with.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use entity::{booking, slot};
use sea_orm::sea_query::InsertStatement;
use sea_orm::{Set, TryIntoModel as _};
use uuid::Uuid;

use super::person::{beneficiary, seats};
use super::rules;
use super::take::{Ask, account_number, both, ends_of_waiting, line, refused, row};
use crate::app::App;
use crate::features::appointments::dto::{BookingView, RosterSeat};
use crate::features::appointments::model::{Case, Number, Party, Wish, free_number, obstacle};
use crate::features::appointments::queries::{self, AskerRow, LockedSlot, Standing};
use crate::platform::clock::local_date;
use crate::platform::coalesce::{Baton, Coalescer, Lead, Turn};
use crate::platform::db::{AuditActor, Tx, unique_violation};
use crate::platform::http::{AppResult, ErrorCode, Reply, Stamp};

/// More than these wait for the next transaction.
const MOST: usize = 64;

/// Who waits, for whatever slot: with more lines than one the same requests would share fewer commits,
/// and each transaction costs more than the rows in it.
#[derive(Debug)]
pub(super) struct SlotLine(Coalescer<(), Ticket, Outcome>);

impl Default for SlotLine {
    fn default() -> Self {
        Self(Coalescer::new(MOST))
    }
}

impl SlotLine {
    /// Takes a turn; see [`Coalescer::enter`].
    pub async fn enter(
        &self,
        app: &App,
        ticket: impl FnOnce() -> Ticket,
    ) -> Turn<Lead<(), Ticket, Outcome>, Outcome> {
        let owned = app.clone();
        let together = move |(), tickets, baton| take_together(owned.clone(), tickets, baton);
        self.0.enter(&app.runtime, (), ticket, together).await
    }
}

/// A resident's request.
pub(super) struct Ticket {
    pub stamp: Option<Stamp>,
    pub account_id: Uuid,
    pub ask: Ask,
    pub roster: Arc<[RosterSeat]>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Answer(AppResult<Reply>),
    /// Nothing was done.
    AskAlone,
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Answer(Ok(_)) => "booked",
            Self::Answer(Err(_)) => "refused",
            Self::AskAlone => "alone",
        }
    }
}

/// One who may have places, and the numbers of the quotas.
struct Candidate<'a> {
    index: usize,
    ticket: &'a Ticket,
    /// Need not wait until places are released.
    goes_first: bool,
    phone_index: Option<Vec<u8>>,
    numbers: (Option<i32>, Option<i32>),
}

/// Answers each ticket.
async fn take_together(app: App, tickets: Vec<Ticket>, baton: Baton) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = tickets.iter().map(|_| Outcome::AskAlone).collect();
    if tickets.len() < 2 {
        return outcomes;
    }
    let mut baton = Some(baton);
    for is_again in [false, true] {
        match attempt(&app, &tickets, &mut outcomes, &mut baton, is_again).await {
            Ok(true) => break,
            Ok(false) => {}
            Err(cause) => {
                // Whoever asks alone finds the same fault, or does not.
                tracing::warn!(?cause, waiting = tickets.len(), "places are not given together");
                break;
            }
        }
    }
    for outcome in &outcomes {
        app.metrics.count_taken_together(outcome.name());
    }
    outcomes
}

/// False when somebody got in between, be it those before us who are not done yet, which most often
/// nobody does: the second time those are looked for, and left to ask alone.
async fn attempt(
    app: &App,
    tickets: &[Ticket],
    outcomes: &mut [Outcome],
    baton: &mut Option<Baton>,
    is_again: bool,
) -> AppResult<bool> {
    outcomes.fill_with(|| Outcome::AskAlone);
    let mut tx = app.begin_by_key(AuditActor::System).await?;
    let candidates = candidates(app, &tx, tickets, outcomes).await?;
    let mut slots = Slots::lock(&tx, &candidates).await?;
    // The next look up who asks while we write, and then wait for our slots if they want the same.
    drop(baton.take());
    let mut chosen = slots.fitting(app, &tx, candidates, outcomes);
    // In one order, so that no two who insert wait for each other.
    chosen.sort_unstable_by_key(|candidate| candidate.ticket.account_id);
    let mut rows = Vec::with_capacity(chosen.len());
    let mut placed = Vec::with_capacity(chosen.len());
    for candidate in chosen {
        let Some(slot) = slots.0.get(&candidate.ticket.ask.slot_id) else { continue };
        let row = booking::ActiveModel {
            account_quota_no: Set(candidate.numbers.0),
            phone_quota_no: Set(candidate.numbers.1),
            phone_index: Set(candidate.phone_index.clone()),
            ..row(app, &tx, &candidate.ticket.ask, slot)?
        };
        placed.push(Placed { booking: row.clone().try_into_model()?, candidate, slot });
        rows.push(row);
    }
    let mut inserts = Vec::new();
    if is_again {
        let inserted = queries::insert_free_bookings(&tx, rows).await?;
        placed.retain(|one| inserted.contains(&one.booking.id));
    } else {
        inserts.extend(queries::inserts_of_bookings(rows));
    }
    if placed.is_empty() {
        return Ok(true);
    }
    let mut taken = HashMap::<Uuid, i32>::new();
    for Placed { booking, .. } in &placed {
        *taken.entry(booking.slot_id).or_default() += booking.units;
    }
    let (answers, rest) = the_rest(app, &mut tx, &placed)?;
    inserts.extend(rest);
    match queries::hold_units(&tx, taken, inserts).await {
        // The second time, an answer under the same key did; they ask alone.
        Err(cause) if unique_violation(&cause) => return Ok(is_again),
        done => {
            if !done? {
                return Ok(true);
            }
        }
    }
    tx.commit().await?;
    for (candidate, reply) in answers {
        if let Some(outcome) = outcomes.get_mut(candidate.index) {
            *outcome = Outcome::Answer(Ok(reply));
        }
    }
    Ok(true)
}

/// One who gets places.
struct Placed<'a, 's> {
    booking: booking::Model,
    candidate: Candidate<'a>,
    slot: &'s slot::Model,
}

/// The slots that are asked for, locked. Those of which each has to be told something of their own,
/// which depends on more than the slot, are not among them.
struct Slots(HashMap<Uuid, slot::Model>);

impl Slots {
    async fn lock(tx: &Tx, candidates: &[Candidate<'_>]) -> AppResult<Self> {
        let ids: BTreeSet<Uuid> = candidates.iter().map(|c| c.ticket.ask.slot_id).collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let locked = queries::lock_offered_slots(tx, ids, local_date(tx.now())).await?;
        let is_plain = |LockedSlot { slot, is_offered }: &LockedSlot| {
            *is_offered && slot.district_first_until.is_none_or(|at| at <= tx.now())
        };
        let plain = locked.into_iter().filter(is_plain);
        Ok(Self(plain.map(|LockedSlot { slot, .. }| (slot.id, slot)).collect()))
    }

    /// Those who get places, first come first served; the others are told why not.
    fn fitting<'a>(
        &mut self,
        app: &App,
        tx: &Tx,
        candidates: Vec<Candidate<'a>>,
        outcomes: &mut [Outcome],
    ) -> Vec<Candidate<'a>> {
        let rules = rules(&app.config.appointments);
        let mut chosen = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let Ask { slot_id, units, channel, .. } = candidate.ticket.ask;
            let Some(slot) = self.0.get_mut(&slot_id) else { continue };
            // Where somebody lives counts in windows that are none of ours.
            let (now, goes_first) = (tx.now(), candidate.goes_first);
            let wish = Wish { units, channel, now, region_code: None, goes_first };
            match obstacle(slot, &wish, rules) {
                None => {
                    slot.held += units;
                    chosen.push(candidate);
                }
                Some(code) => {
                    if let Some(outcome) = outcomes.get_mut(candidate.index) {
                        *outcome = Outcome::Answer(Err(refused(code, slot, tx.now())));
                    }
                }
            }
        }
        chosen
    }
}

/// Somebody's answer.
type Answered<'p, 'a> = (&'p Candidate<'a>, Reply);

/// The answers, and what is written with the places: the answers' keys, the timelines, the rosters and
/// the jobs.
fn the_rest<'p, 'a>(
    app: &App,
    tx: &mut Tx,
    placed: &'p [Placed<'a, '_>],
) -> AppResult<(Vec<Answered<'p, 'a>>, Vec<InsertStatement>)> {
    let mut answers = Vec::with_capacity(placed.len());
    let mut events = Vec::with_capacity(placed.len());
    let mut roster = Vec::new();
    for Placed { booking, candidate, slot } in placed {
        let account_id = candidate.ticket.account_id;
        events.push(line(tx, AuditActor::Resident(account_id), booking.id, booking.status));
        roster.extend(seats(app, booking.id, &candidate.ticket.roster)?);
        let rules = rules(&app.config.appointments);
        let (who, actor_id) = (Party::Resident, Some(account_id));
        let case = Case { booking, slot, now: tx.now(), rules, who, actor_id };
        let view = BookingView::of(&case, beneficiary(app, booking, None)?);
        answers.push((candidate, Reply::json(201, &view)?));
    }
    let jobs = ends_of_waiting(app, placed.iter().map(|one| (&one.booking, one.slot)));
    let mut rest = tx.inserts_of_jobs(jobs.iter().map(|(job, at)| (job, at.clone())))?;
    rest.extend(queries::inserts_of_events(events));
    rest.extend(queries::inserts_of_seats(roster));
    let stamped = answers.iter().filter_map(|(c, reply)| Some((c.ticket.stamp.as_ref()?, reply)));
    rest.extend(Stamp::inserts_of_answers(tx, &app.cipher, stamped)?);
    Ok((answers, rest))
}

/// Those against whom nothing speaks but, perhaps, the slot; the others are told what does.
async fn candidates<'a>(
    app: &App,
    tx: &Tx,
    tickets: &'a [Ticket],
    outcomes: &mut [Outcome],
) -> AppResult<Vec<Candidate<'a>>> {
    let settings = &app.config.appointments;
    let used = Stamp::used(tx, tickets.iter().filter_map(|ticket| ticket.stamp.as_ref())).await?;
    let people = People::load(tx, tickets, settings.phone_quota > 0).await?;
    let mut accounts = HashSet::new();
    let mut phones = HashSet::new();
    let mut candidates = Vec::with_capacity(tickets.len());
    for ((index, ticket), outcome) in tickets.iter().enumerate().zip(outcomes) {
        let id = ticket.account_id;
        let is_answered = ticket.stamp.as_ref().is_some_and(|stamp| stamp.is_in(&used));
        // The second of one person, or of one phone, depends on the first.
        if is_answered || !accounts.insert(id) {
            continue;
        }
        let Some(account) = people.accounts.get(&id) else { continue };
        let phone_index = phone_of(ticket, account);
        let mut of_phone = Number::Unlimited;
        if settings.phone_quota > 0
            && let Some(phone) = phone_index
        {
            if !phones.insert(phone) {
                continue;
            }
            let numbers = people.phone_numbers.get(phone).into_iter().flatten().copied();
            of_phone = free_number(numbers, settings.phone_quota);
        }
        let standing = people.standing.get(&id).map_or(&[][..], Vec::as_slice);
        let numbers = if account.is_paused {
            Err(ErrorCode::BookingPaused.into())
        } else if ticket.ask.is_among(standing) {
            Err(ErrorCode::AlreadyBooked.into())
        } else {
            both(account_number(settings, standing), of_phone)
        };
        match numbers {
            Ok(numbers) => {
                let phone_index = phone_index.cloned();
                let goes_first = account.precedence.goes_first;
                candidates.push(Candidate { index, ticket, goes_first, phone_index, numbers });
            }
            Err(refusal) => *outcome = Outcome::Answer(Err(refusal)),
        }
    }
    Ok(candidates)
}

/// Whose quota the booking counts towards.
fn phone_of<'a>(ticket: &'a Ticket, account: &'a AskerRow) -> Option<&'a Vec<u8>> {
    ticket.ask.whom.phone_index.as_ref().or(account.phone_index.as_ref())
}

/// What is known of those who ask.
struct People {
    accounts: HashMap<Uuid, AskerRow>,
    standing: HashMap<Uuid, Vec<Standing>>,
    phone_numbers: HashMap<Vec<u8>, Vec<i32>>,
}

impl People {
    async fn load(tx: &Tx, tickets: &[Ticket], with_phones: bool) -> AppResult<Self> {
        let ids = tickets.iter().map(|ticket| ticket.account_id);
        let mut accounts = HashMap::<Uuid, AskerRow>::new();
        let mut standing = HashMap::<Uuid, Vec<Standing>>::new();
        for one in queries::standing_askers(tx, ids, tx.now()).await? {
            let stands = one.standing.filter(|standing| standing.is_active);
            standing.entry(one.asker.id).or_default().extend(stands);
            // The row of any of their bookings may say so.
            let goes_first = one.asker.precedence.goes_first;
            let known = accounts.entry(one.asker.id).or_insert(one.asker);
            known.precedence.goes_first |= goes_first;
        }
        let mut phone_numbers = HashMap::<Vec<u8>, Vec<i32>>::new();
        if with_phones {
            let phones: Vec<&[u8]> = tickets
                .iter()
                .filter_map(|ticket| {
                    phone_of(ticket, accounts.get(&ticket.account_id)?).map(Vec::as_slice)
                })
                .collect();
            if !phones.is_empty() {
                for (phone, number) in queries::numbers_of_phones(tx, phones).await? {
                    phone_numbers.entry(phone).or_default().push(number);
                }
            }
        }
        Ok(Self { accounts, standing, phone_numbers })
    }
}
