//! Looks at every entry that there is, and says what is wrong first. Only reads, a batch at a time,
//! beside running writers, sealers and removal.

use chrono::TimeDelta;
use entity::{audit_chain, audit_entry};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::chain::{Anchor, Damage, Link, Walk};
use super::seal::{chain, entries_after};
use crate::app::App;
use crate::platform::http::AppResult;

const BATCH: u64 = 500;
/// The sealer comes every minute; one that is this late does not come.
const SEALED_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// How often the start of the chain may move on while we walk.
const MOST_STARTS: usize = 5;

/// Everything is as we wrote it.
#[derive(Clone, Debug)]
pub struct Report {
    /// Sealed entries that were looked at.
    pub entries: i64,
    /// Entries that wait for the sealer.
    pub unsealed: u64,
    /// Where the kept part of the chain begins.
    pub start: Link,
    pub head: Link,
}

/// What became of the walk: fine, or damaged.
type Walked<T> = AppResult<Result<T, Damage>>;

/// Walks the whole chain. `expected` is a link that was written down elsewhere.
///
/// # Errors
/// The database cannot be read.
pub async fn verify(app: &App, expected: Option<&Anchor>) -> Walked<Report> {
    let mut starts = 0;
    loop {
        let before = chain(&app.db).await?.map(|chain| chain.start_seq);
        let walked = attempt(app, expected).await?;
        starts += 1;
        // What looks like a gap is none when the oldest entries were removed meanwhile.
        let is_moved = chain(&app.db).await?.map(|chain| chain.start_seq) != before;
        if walked.is_ok() || !is_moved || starts >= MOST_STARTS {
            return Ok(walked);
        }
    }
}

async fn attempt(app: &App, expected: Option<&Anchor>) -> Walked<Report> {
    let ends = match ends(app).await? {
        Ok(ends) => ends,
        Err(damage) => return Ok(Err(damage)),
    };
    let start = ends.as_ref().map_or_else(Link::origin, Link::start);
    if let Some(expected) = expected.filter(|expected| expected.seq <= start.seq) {
        if expected.seq < start.seq {
            return Ok(Err(Damage::Outlived { seq: expected.seq }));
        }
        if *expected != start {
            return Ok(Err(Damage::Unexpected { seq: expected.seq }));
        }
    }
    let head = match along(app, start.clone(), expected).await? {
        Ok(head) => head,
        Err(damage) => return Ok(Err(damage)),
    };
    if let Some(expected) = expected.filter(|expected| expected.seq > head.seq) {
        return Ok(Err(Damage::SetBack { seq: expected.seq, head: head.seq }));
    }
    Ok(match unsealed(app).await? {
        Ok(unsealed) => Ok(Report { entries: head.seq - start.seq, unsealed, start, head }),
        Err(damage) => Err(damage),
    })
}

/// The ends of the chain, if they are ours.
async fn ends(app: &App) -> Walked<Option<audit_chain::Model>> {
    Ok(match chain(&app.db).await? {
        Some(ends) if app.audit.is_chain(&ends) => Ok(Some(ends)),
        Some(_) => Err(Damage::HeadChanged),
        None if entries_after(&app.db, None, 1).await?.is_empty() => Ok(None),
        None => Err(Damage::HeadMissing),
    })
}

/// Walks from `start` to where the chain ends, and returns that.
async fn along(app: &App, start: Link, expected: Option<&Anchor>) -> Walked<Link> {
    let start_seq = start.seq;
    let mut walk = Walk::from(&app.audit, start);
    let mut place = None;
    let mut head = Link::origin();
    loop {
        let entries = entries_after(&app.db, place, BATCH).await?;
        // Read after the entries: what was sealed with them is within.
        if let Some(last) = entries.last() {
            head = match ends(app).await? {
                Ok(Some(ends)) => Link::head(&ends),
                Ok(None) => return Ok(Err(Damage::HeadMissing)),
                Err(damage) => return Ok(Err(damage)),
            };
            place = last.seq.map(|seq| (seq, last.id));
        } else if place.is_none() {
            head = match ends(app).await? {
                Ok(ends) => ends.as_ref().map_or_else(Link::origin, Link::head),
                Err(damage) => return Ok(Err(damage)),
            };
        }
        for entry in &entries {
            let (seq, id) = (entry.seq.unwrap_or_default(), entry.id);
            if seq <= start_seq {
                return Ok(Err(Damage::BehindStart { seq, id }));
            }
            if seq > head.seq {
                return Ok(Err(Damage::BeyondHead { seq, id }));
            }
            if let Err(damage) = walk.step(entry) {
                return Ok(Err(damage));
            }
            if expected.is_some_and(|expected| expected.seq == seq && *expected != walk.last) {
                return Ok(Err(Damage::Unexpected { seq }));
            }
        }
        if entries.is_empty() {
            break;
        }
    }
    if walk.last.seq < head.seq {
        return Ok(Err(Damage::CutOff { last: walk.last.seq, head: head.seq }));
    }
    // Each entry is in its place, so a head that is ours says what the last of them says.
    if walk.last != head {
        return Ok(Err(Damage::HeadChanged));
    }
    Ok(Ok(head))
}

/// How many entries wait for the sealer, if each is ours and none waits too long.
async fn unsealed(app: &App) -> Walked<u64> {
    let now = app.clock.now();
    let mut place = None;
    let mut count = 0;
    loop {
        let entries = unsealed_after(&app.db, place, BATCH).await?;
        let Some(last) = entries.last() else { return Ok(Ok(count)) };
        place = Some((last.at, last.id));
        for entry in &entries {
            let id = entry.id;
            if !app.audit.is_genuine(entry) {
                return Ok(Err(Damage::ChangedUnsealed { id }));
            }
            if now - entry.at > SEALED_WITHIN {
                let minutes = (now - entry.at).num_minutes();
                return Ok(Err(Damage::Unsealed { id, minutes }));
            }
            count += 1;
        }
    }
}

async fn unsealed_after(
    conn: &impl ConnectionTrait,
    place: Option<(chrono::DateTime<chrono::Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<audit_entry::Model>, DbErr> {
    use audit_entry::Column;

    let mut select = audit_entry::Entity::find().filter(Column::Seq.is_null());
    if let Some((at, id)) = place {
        let key = Expr::tuple([Expr::col(Column::At), Expr::col(Column::Id)]);
        select = select.filter(key.gt(Expr::tuple([Expr::value(at), Expr::value(id)])));
    }
    select.order_by_asc(Column::At).order_by_asc(Column::Id).limit(limit).all(conn).await
}

/// Whether one entry is as we wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Genuine and in its place in the chain.
    Sealed,
    /// Genuine; the sealer has not come yet.
    Pending,
    /// Changed, forged or out of its place.
    Broken,
}

/// Looks at one entry and its neighbour in the chain.
///
/// # Errors
/// The database cannot be read.
pub async fn integrity(
    app: &App,
    conn: &impl ConnectionTrait,
    entry: &audit_entry::Model,
) -> AppResult<Integrity> {
    let Some(seq) = entry.seq else {
        let is_genuine = app.audit.is_genuine(entry);
        return Ok(if is_genuine { Integrity::Pending } else { Integrity::Broken });
    };
    let Some(ends) = chain(conn).await?.filter(|ends| app.audit.is_chain(ends)) else {
        return Ok(Integrity::Broken);
    };
    let previous = if seq == ends.start_seq + 1 {
        Some(Link::start(&ends))
    } else {
        let before = audit_entry::Entity::find()
            .filter(audit_entry::Column::Seq.eq(seq - 1))
            .one(conn)
            .await?;
        before.and_then(|before| Some(Link { seq: before.seq?, value: before.link? }))
    };
    let is_in_place = seq <= ends.head_seq
        && previous.is_some_and(|link| Walk::from(&app.audit, link).step(entry).is_ok());
    Ok(if is_in_place { Integrity::Sealed } else { Integrity::Broken })
}
