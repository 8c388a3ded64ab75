//! `Ctx<P>`: the permission in the handler's type.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::actor::{Anyone, Resident, Staff};
use super::identity::{Caller, Identity};
use super::permission::{Permission, ResidentPermission, StaffPermission, perm};
use crate::app::App;
use crate::platform::db::{AuditActor, RequestOrigin, Tx, TxOrigin};
use crate::platform::http::{
    AppError, AppResult, ClientAddress, ErrorCode, RequestId, client_kind,
};
use crate::platform::limits::PhoneOperation;

/// The right to do `P`, with all that is needed to do it. Only the extractor makes one, after the
/// check. It must be a handler's first argument: it is ready at once, so a refusal comes before any
/// other argument is looked at.
pub struct Ctx<P: Permission> {
    pub app: App,
    pub actor: P::Actor,
    pub now: DateTime<Utc>,
    pub address: ClientAddress,
    origin: RequestOrigin,
    permission: PhantomData<P>,
}

impl<P: Permission> fmt::Debug for Ctx<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ctx<{}>", P::NAME)
    }
}

/// Turns whoever called into the actor of a permission, or refuses.
pub trait FromCaller<P: Permission + ?Sized>: Sized {
    /// # Errors
    /// 401 for a caller who is unknown or of the other audience, 403 for one who may not.
    fn from_caller(identity: &Identity) -> AppResult<Self>;

    fn audit_actor(&self) -> AuditActor;

    fn session_id(&self) -> Option<Uuid>;
}

/// What is left to somebody whose account closes.
const WHILE_CLOSING: [&str; 2] = [perm::MePrivacy::NAME, perm::SessionEnd::NAME];

fn known(identity: &Identity) -> AppResult<&Caller> {
    match identity {
        Identity::Known(caller) => Ok(caller),
        Identity::Absent => Err(ErrorCode::Unauthenticated.into()),
        Identity::Refused(error) => Err(error.again()),
    }
}

impl<P: Permission> FromCaller<P> for Anyone {
    fn from_caller(_: &Identity) -> AppResult<Self> {
        Ok(Self)
    }

    fn audit_actor(&self) -> AuditActor {
        AuditActor::System
    }

    fn session_id(&self) -> Option<Uuid> {
        None
    }
}

impl<P: ResidentPermission> FromCaller<P> for Resident {
    fn from_caller(identity: &Identity) -> AppResult<Self> {
        match known(identity)? {
            // Asked for by name, so that a new permission is shut for who is leaving.
            Caller::Resident(resident)
                if resident.is_closing && !WHILE_CLOSING.contains(&P::NAME) =>
            {
                Err(ErrorCode::AccountClosing.into())
            }
            Caller::Resident(resident) => match resident.standing.refusal(P::STANDINGS) {
                None => Ok(*resident),
                Some(code) => Err(code.into()),
            },
            // A staff token says nothing about a resident.
            Caller::Staff(_) => Err(ErrorCode::TokenInvalid.into()),
        }
    }

    fn audit_actor(&self) -> AuditActor {
        AuditActor::Resident(self.account_id)
    }

    fn session_id(&self) -> Option<Uuid> {
        Some(self.session_id)
    }
}

impl<P: StaffPermission> FromCaller<P> for Staff {
    fn from_caller(identity: &Identity) -> AppResult<Self> {
        match known(identity)? {
            Caller::Staff(staff) if staff.may::<P>() => match staff.restriction {
                Some(due) if P::NAME != perm::StaffSelf::NAME => Err(due.code().into()),
                _ => Ok(staff.clone()),
            },
            Caller::Staff(_) => Err(ErrorCode::Forbidden.into()),
            Caller::Resident(_) => Err(ErrorCode::TokenInvalid.into()),
        }
    }

    fn audit_actor(&self) -> AuditActor {
        AuditActor::Staff(self.staff_id)
    }

    fn session_id(&self) -> Option<Uuid> {
        Some(self.session_id)
    }
}

/// What the audit trail keeps of `request`.
pub fn origin(request: &HttpRequest, session_id: Option<Uuid>) -> RequestOrigin {
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    RequestOrigin {
        request_id: RequestId::found(request).0,
        address: ClientAddress::found(request).0,
        client: agent.map(client_kind),
        session_id,
    }
}

impl<P: Permission> FromRequest for Ctx<P> {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::check(request))
    }
}

impl<P: Permission> Ctx<P> {
    fn check(request: &HttpRequest) -> AppResult<Self> {
        let app = request
            .app_data::<web::Data<App>>()
            .ok_or_else(|| AppError::internal("the server was assembled without its state"))?;
        let actor = {
            let extensions = request.extensions();
            let identity = extensions.get::<Identity>().unwrap_or(&Identity::Absent);
            P::Actor::from_caller(identity)?
        };
        Ok(Self {
            app: App::clone(app),
            now: app.clock.now(),
            address: ClientAddress::found(request),
            origin: origin(request, actor.session_id()),
            actor,
            permission: PhantomData,
        })
    }

    /// Who asks, for what is recorded of it.
    #[must_use]
    pub fn audit_actor(&self) -> AuditActor {
        self.actor.audit_actor()
    }

    /// Begins the transaction of this request.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin(&self) -> AppResult<Tx> {
        self.begin_as(self.actor.audit_actor()).await
    }

    /// As [`begin`](Self::begin), for an open operation that has just learnt who is asking.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin_as(&self, actor: AuditActor) -> AppResult<Tx> {
        let request = Some(self.origin.clone());
        Ok(self.app.begin_from(TxOrigin { actor, request, now: self.now }).await?)
    }

    /// Counts a use of a telephone, whose number is known here alone. Before the transaction: it
    /// may ask Redis.
    ///
    /// # Errors
    /// `rate_limited`
    pub async fn limit_phone(&self, operation: PhoneOperation, phone: &str) -> AppResult<()> {
        let limits = &self.app.limits;
        if !limits.counts_phones() {
            return Ok(());
        }
        let index = self.app.blind_index.array("limit.phone", phone);
        let (_, account) = self.actor.audit_actor().parts();
        limits.count_phone(operation, index, self.address, account).await
    }

    /// Identifies the one who asks, for keys that belong to them.
    #[must_use]
    pub fn subject(&self) -> String {
        match self.actor.audit_actor() {
            AuditActor::Resident(id) => format!("resident:{id}"),
            AuditActor::Staff(id) => format!("staff:{id}"),
            AuditActor::System => format!("address:{}", self.address.household()),
        }
    }
}
