//! From an `Authorization` header to a known caller.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::AUTHORIZATION;
use entity::account::AccountStatus;
use entity::login_session::{self, SessionAudience};
use entity::staff_factor;
use entity::staff_member::{self, StaffStatus};
use moka::future::Cache;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::actor::{Grant, Resident, Staff};
use super::grants::grants_of;
use super::lookup::Lookups;
use super::restriction::Restriction;
use super::session::use_session;
use super::standing::Standing;
use super::token::Claims;
use crate::app::App;
use crate::platform::config::SecondFactor;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// How old what we know about a caller may be: the longest time a revoked token or a withdrawn
/// role still works on another replica.
const FRESH_FOR: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Resident(Uuid),
    Staff(Uuid),
}

/// Somebody whose token is good and whose account is alive.
#[derive(Clone, Debug)]
pub enum Caller {
    Resident(Resident),
    Staff(Staff),
}

impl Caller {
    /// The account or the member of staff.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Resident(resident) => resident.account_id,
            Self::Staff(staff) => staff.staff_id,
        }
    }
}

/// What the gate found out. A bad token is a refusal only where somebody must be known.
#[derive(Debug)]
pub enum Identity {
    Absent,
    Known(Caller),
    Refused(AppError),
}

/// What the database says about a session and the account behind it.
#[derive(Clone, Debug)]
struct Principal {
    subject: Subject,
    epoch: i32,
    is_active: bool,
    is_closing: bool,
    rights: Rights,
}

#[derive(Clone, Debug)]
enum Rights {
    Resident(Standing),
    Staff(Arc<[Grant]>, Option<Restriction>),
}

/// Keeps principals for a second, so that a busy caller costs one look-up a second.
#[derive(Clone)]
pub struct PrincipalCache {
    known: Cache<Uuid, Arc<Principal>>,
    lookups: Lookups,
}

impl fmt::Debug for PrincipalCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrincipalCache")
    }
}

impl Default for PrincipalCache {
    fn default() -> Self {
        let known = Cache::builder()
            .max_capacity(50_000)
            .time_to_live(FRESH_FOR)
            .support_invalidation_closures()
            .build();
        Self { known, lookups: Lookups::default() }
    }
}

impl PrincipalCache {
    /// After the end of a session, so that this replica acts on it at once.
    pub async fn forget_session(&self, session_id: Uuid) {
        self.known.invalidate(&session_id).await;
    }

    /// After a change of a role, which many may hold.
    pub fn forget_all(&self) {
        self.known.invalidate_all();
    }

    /// After a change of status, epoch, standing or grants.
    pub fn forget(&self, subject: Subject) {
        // Cannot fail: the cache was built with invalidation closures.
        if let Err(cause) =
            self.known.invalidate_entries_if(move |_, known| known.subject == subject)
        {
            tracing::error!(%cause, "principal cache refuses an invalidation closure");
        }
    }

    async fn get(&self, app: &App, subject: Subject, session: Uuid) -> AppResult<Arc<Principal>> {
        let load = async { self.load(app, subject, session).await.map(Arc::new) };
        self.known.try_get_with(session, load).await.map_err(|error: Arc<AppError>| error.again())
    }

    async fn load(&self, app: &App, subject: Subject, session: Uuid) -> AppResult<Principal> {
        let gone = || AppError::new(ErrorCode::TokenInvalid);
        match subject {
            Subject::Resident(id) => {
                let found = self.lookups.resident(app, session).await?.ok_or_else(gone)?;
                found.life.check(app.clock.now())?;
                if found.account_id != id {
                    return Err(gone());
                }
                Ok(Principal {
                    subject,
                    epoch: found.epoch,
                    is_active: may_enter(found.status),
                    is_closing: found.status == AccountStatus::Closing,
                    rights: Rights::Resident(found.age.standing()),
                })
            }
            Subject::Staff(id) => {
                let session = login_session::Entity::find_by_id(session).one(&app.db).await?;
                use_session(app, &session.ok_or_else(gone)?).await?;
                let member =
                    staff_member::Entity::find_by_id(id).one(&app.db).await?.ok_or_else(gone)?;
                let grants = grants_of(&app.db, [id]).await?.into_iter().map(|(_, grant)| grant);
                let auth = &app.config.auth;
                let has_factor =
                    auth.second_factor == SecondFactor::Optional || has_factor(app, id).await?;
                Ok(Principal {
                    subject,
                    epoch: member.epoch,
                    is_active: member.status == StaffStatus::Active,
                    is_closing: false,
                    rights: Rights::Staff(
                        grants.collect(),
                        Restriction::of(auth, &member, has_factor, app.clock.now()),
                    ),
                })
            }
        }
    }
}

async fn has_factor(app: &App, staff_id: Uuid) -> AppResult<bool> {
    let factor = staff_factor::Entity::find_by_id(staff_id).one(&app.db).await?;
    Ok(factor.is_some_and(|factor| factor.confirmed_at.is_some()))
}

/// Whether the owner of an account in this state may come in at all. Who asked for deletion may,
/// to look at it, to take a copy along, or to stay.
#[must_use]
pub fn may_enter(status: AccountStatus) -> bool {
    matches!(status, AccountStatus::Active | AccountStatus::Closing)
}

/// Reads the bearer token of a request.
pub async fn identify(app: &App, request: &ServiceRequest) -> Identity {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Identity::Absent };
    let token = header.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token else { return Identity::Refused(ErrorCode::TokenInvalid.into()) };
    match app.tokens.verify(token, app.clock.now()) {
        Ok(claims) => match caller(app, &claims).await {
            Ok(caller) => Identity::Known(caller),
            Err(error) => Identity::Refused(error),
        },
        Err(error) => Identity::Refused(error),
    }
}

async fn caller(app: &App, claims: &Claims) -> AppResult<Caller> {
    let subject = match claims.aud {
        SessionAudience::Resident => Subject::Resident(claims.sub),
        SessionAudience::Staff => Subject::Staff(claims.sub),
    };
    let principal = app.principals.get(app, subject, claims.sid).await?;
    if !principal.is_active {
        return Err(ErrorCode::AccountDisabled.into());
    }
    if principal.epoch != claims.epoch || principal.subject != subject {
        return Err(ErrorCode::TokenInvalid.into());
    }
    Ok(match &principal.rights {
        Rights::Resident(standing) => Caller::Resident(Resident {
            account_id: claims.sub,
            session_id: claims.sid,
            standing: *standing,
            is_closing: principal.is_closing,
        }),
        Rights::Staff(grants, restriction) => Caller::Staff(Staff {
            staff_id: claims.sub,
            session_id: claims.sid,
            grants: Arc::clone(grants),
            restriction: *restriction,
        }),
    })
}
