//! The sessions of residents with their accounts. Of many who come at the same time one asks for all:
//! this stands before whatever else a resident does, also when thousands ask for the same places.

use std::collections::HashMap;

use entity::{account, login_session};
use sea_orm::{
    ColumnTrait as _, EntityTrait, JoinType, QueryFilter as _, QuerySelect as _, RelationDef,
    SelectTwo,
};
use uuid::Uuid;

use crate::app::App;
use crate::platform::coalesce::{Coalescer, Turn};
use crate::platform::db::padded;
use crate::platform::http::{AppError, AppResult};

/// More wait for the next look-up.
const MOST: usize = 64;
/// So many look-ups at once, lest a slow one hold up everybody.
const LINES: u128 = 2;

/// A session and the account it is of.
pub(super) type Found = (login_session::Model, Option<account::Model>);

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
        let together = move |_, sessions| all(owned.clone(), sessions);
        // A lead lasts until the answer is there.
        let _lead = match self.0.enter(session.as_u128() % LINES, || session, together).await {
            Turn::Done(found) => return found,
            Turn::Alone(lead) => Some(lead),
            Turn::Lost => None,
        };
        Ok(with_account().filter(login_session::Column::Id.eq(session)).one(&app.db).await?)
    }
}

fn with_account() -> SelectTwo<login_session::Entity, account::Entity> {
    let owner: RelationDef = login_session::Entity::belongs_to(account::Entity)
        .from(login_session::Column::SubjectId)
        .to(account::Column::Id)
        .into();
    login_session::Entity::find().join(JoinType::LeftJoin, owner).select_also(account::Entity)
}

async fn all(app: App, sessions: Vec<Uuid>) -> Vec<AppResult<Option<Found>>> {
    let these = login_session::Column::Id.is_in(padded(sessions.iter().copied()));
    match with_account().filter(these).all(&app.db).await {
        Ok(rows) => {
            let found: HashMap<Uuid, Found> = rows.into_iter().map(|row| (row.0.id, row)).collect();
            sessions.iter().map(|session| Ok(found.get(session).cloned())).collect()
        }
        Err(cause) => {
            let error = AppError::from(cause);
            sessions.iter().map(|_| Err(error.again())).collect()
        }
    }
}
