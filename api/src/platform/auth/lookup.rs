//! The sessions of residents with their accounts. Of many who come at the same time one asks for all:
//! this stands before whatever else a resident does, also when thousands ask for the same places.

use std::collections::HashMap;

use entity::account::{self, AccountStatus};
use entity::login_session;
use sea_orm::{
    ColumnTrait as _, EntityTrait, FromQueryResult, JoinType, QueryFilter as _, QuerySelect as _,
    RelationDef, Select,
};
use uuid::Uuid;

use super::session::Life;
use super::standing::Age;
use crate::app::App;
use crate::platform::coalesce::{Baton, Coalescer, Turn};
use crate::platform::db::padded;
use crate::platform::http::{AppError, AppResult};

/// More wait for the next look-up.
const MOST: usize = 64;
/// So many look-ups at once, lest a slow one hold up everybody.
const LINES: u128 = 2;

/// What a session and the account that it is of say of who asks.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Found {
    session_id: Uuid,
    #[sea_orm(nested)]
    pub life: Life,
    pub account_id: Uuid,
    pub epoch: i32,
    pub status: AccountStatus,
    #[sea_orm(nested)]
    pub age: Age,
}

#[derive(Clone, Debug)]
pub(super) struct Lookups(Coalescer<u128, Uuid, AppResult<Option<Found>>>);

impl Default for Lookups {
    fn default() -> Self {
        Self(Coalescer::new(MOST))
    }
}

impl Lookups {
    pub async fn resident(&self, app: &App, session: Uuid) -> AppResult<Option<Found>> {
        let owned = app.clone();
        let together = move |_, sessions, baton| all(owned.clone(), sessions, baton);
        // A lead lasts until the answer is there.
        let line = session.as_u128() % LINES;
        let _lead = match self.0.enter(&app.runtime, line, || session, together).await {
            Turn::Done(found) => return found,
            Turn::Alone(lead) => Some(lead),
            Turn::Lost => None,
        };
        let this = with_account().filter(login_session::Column::Id.eq(session));
        Ok(this.into_model().one(&app.db).await?)
    }
}

fn with_account() -> Select<login_session::Entity> {
    let owner: RelationDef = login_session::Entity::belongs_to(account::Entity)
        .from(login_session::Column::SubjectId)
        .to(account::Column::Id)
        .into();
    let of_session = [
        login_session::Column::ExpiresAt,
        login_session::Column::RevokedAt,
        login_session::Column::RevokedBecause,
    ];
    let of_account = [
        account::Column::Epoch,
        account::Column::Status,
        account::Column::Kind,
        account::Column::AgeBand,
        account::Column::AgeReviewAskedAt,
        account::Column::GuardianConsentId,
    ];
    login_session::Entity::find()
        .select_only()
        .column_as(login_session::Column::Id, "session_id")
        .columns(of_session)
        .column_as(account::Column::Id, "account_id")
        .columns(of_account)
        .join(JoinType::InnerJoin, owner)
}

async fn all(app: App, sessions: Vec<Uuid>, _until_done: Baton) -> Vec<AppResult<Option<Found>>> {
    let these = login_session::Column::Id.is_in(padded(sessions.iter().copied()));
    match with_account().filter(these).into_model::<Found>().all(&app.db).await {
        Ok(rows) => {
            let found: HashMap<Uuid, Found> =
                rows.into_iter().map(|row| (row.session_id, row)).collect();
            sessions.iter().map(|session| Ok(found.get(session).cloned())).collect()
        }
        Err(cause) => {
            let error = AppError::from(cause);
            sessions.iter().map(|_| Err(error.again())).collect()
        }
    }
}
