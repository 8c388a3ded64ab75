//! The sealer: gives committed entries their place in the chain. Two sealers take turns at the row
//! that holds the chain's ends; killed between two batches, the next one goes on.

use entity::{audit_chain, audit_entry};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait as _,
    IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::chain::{Damage, Link};
use crate::app::App;
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult};

const BATCH: u64 = 200;

/// Seals all that is committed. Returns how many entries that were.
///
/// # Errors
/// The head of the chain was tampered with, or the database cannot be written.
pub async fn seal(app: &App) -> AppResult<u64> {
    let mut sealed = 0;
    // A read, so that an idle sealer takes no lock.
    while is_any_unsealed(&app.db).await? {
        sealed += seal_batch(app).await?;
    }
    Ok(sealed)
}

async fn is_any_unsealed(conn: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let found = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Id)
        .filter(audit_entry::Column::Seq.is_null())
        .limit(1)
        .into_tuple::<Uuid>()
        .one(conn)
        .await?;
    Ok(found.is_some())
}

async fn seal_batch(app: &App) -> AppResult<u64> {
    let tx = app.begin(AuditActor::System).await?;
    let mut chain = locked_chain(&tx, app).await?;
    // An entry that commits later than a younger one is sealed later; its time stays what it is.
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::Seq.is_null())
        .order_by_asc(audit_entry::Column::At)
        .order_by_asc(audit_entry::Column::Id)
        .limit(BATCH)
        .all(&tx)
        .await?;
    let mut last = Link::head(&chain);
    for entry in &entries {
        last = app.audit.link(&last, &entry.mac);
        let done = audit_entry::Entity::update_many()
            .col_expr(audit_entry::Column::Seq, Expr::value(last.seq))
            .col_expr(audit_entry::Column::Link, Expr::value(last.value.clone()))
            .filter(audit_entry::Column::Id.eq(entry.id))
            .filter(audit_entry::Column::Seq.is_null())
            .exec(&tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(AppError::internal("an entry was sealed beside the sealer"));
        }
    }
    chain.head_seq = last.seq;
    chain.head_link.clone_from(&last.value);
    sign_and_save(&tx, app, chain).await?;
    tx.commit().await?;
    // The anchor outside of the database: `sanjin audit verify --expect` takes it.
    tracing::info!(entries = entries.len(), anchor = %last, "audit trail sealed");
    Ok(u64::try_from(entries.len()).unwrap_or_default())
}

/// The ends of the chain, as they stand.
///
/// # Errors
/// The database cannot be read.
pub async fn head(conn: &impl ConnectionTrait) -> Result<Option<Link>, DbErr> {
    Ok(chain(conn).await?.as_ref().map(Link::head))
}

pub(super) async fn chain(
    conn: &impl ConnectionTrait,
) -> Result<Option<audit_chain::Model>, DbErr> {
    audit_chain::Entity::find_by_id(audit_chain::THE_ONE).one(conn).await
}

/// The ends of the chain, made when there are none, locked until the transaction ends.
pub(super) async fn locked_chain(tx: &Tx, app: &App) -> AppResult<audit_chain::Model> {
    let mut origin = audit_chain::Model {
        id: audit_chain::THE_ONE,
        start_seq: 0,
        start_link: Link::origin().value,
        head_seq: 0,
        head_link: Link::origin().value,
        sealed_at: tx.now(),
        mac: Vec::new(),
    };
    origin.mac = app.audit.sign_chain(&origin);
    let keep = OnConflict::column(audit_chain::Column::Id).do_nothing().to_owned();
    audit_chain::Entity::insert(origin.into_active_model().reset_all())
        .on_conflict(keep)
        .exec_without_returning(tx)
        .await?;
    let chain =
        audit_chain::Entity::find_by_id(audit_chain::THE_ONE).lock_exclusive().one(tx).await?;
    match chain {
        // To go on from a forged head would make it genuine.
        Some(chain) if app.audit.is_chain(&chain) => Ok(chain),
        _ => Err(AppError::internal(Damage::HeadChanged)),
    }
}

pub(super) async fn sign_and_save(
    tx: &Tx,
    app: &App,
    mut chain: audit_chain::Model,
) -> AppResult<()> {
    chain.sealed_at = tx.now();
    chain.mac = app.audit.sign_chain(&chain);
    audit_chain::Entity::update(chain.into_active_model().reset_all()).exec(tx).await?;
    Ok(())
}

/// The next sealed entries after `last`, in the order of the chain. The id breaks a tie that only a
/// forger can make.
pub(super) async fn entries_after(
    conn: &impl ConnectionTrait,
    last: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<audit_entry::Model>, DbErr> {
    use audit_entry::Column;

    let mut select = audit_entry::Entity::find().filter(Column::Seq.is_not_null());
    if let Some((seq, id)) = last {
        // The plain bound lets the index of the numbers begin in the right place.
        let after = Column::Seq.gt(seq).or(Column::Seq.eq(seq).and(Column::Id.gt(id)));
        select = select.filter(Column::Seq.gte(seq)).filter(after);
    }
    select.order_by_asc(Column::Seq).order_by_asc(Column::Id).limit(limit).all(conn).await
}
