use entity::complaint;
use sea_orm::ConnectionTrait;

use super::{ADDRESS, NAME, PHONE};
use crate::app::App;
use crate::features::complaints::dto::{
    ComplainantIdentity, ComplainantView, ComplaintSummary, ComplaintView,
};
use crate::features::complaints::model::Party;
use crate::features::complaints::queries;
use crate::platform::crypto::{Address, Disclosed, Name, Phone};
use crate::platform::http::AppResult;

/// A complaint as one of the two parties sees it.
pub(super) async fn view(
    app: &App,
    conn: &impl ConnectionTrait,
    row: complaint::Model,
    who: Party,
) -> AppResult<ComplaintView> {
    let timeline = queries::events(conn, row.id).await?;
    Ok(ComplaintView {
        summary: ComplaintSummary::of(&row, who),
        complainant: complainant(app, &row)?,
        facts: row.facts,
        amount_fen: row.amount_fen,
        purchased_on: row.purchased_on,
        is_publishable: row.is_publishable,
        is_delegable: row.is_delegable,
        timeline: timeline.into_iter().map(Into::into).collect(),
    })
}

fn complainant(app: &App, row: &complaint::Model) -> AppResult<ComplainantView> {
    let name = app.cipher.personal::<Name>(NAME, &row.complainant_name_cipher)?;
    let phone = app.cipher.personal::<Phone>(PHONE, &row.complainant_phone_cipher)?;
    Ok(ComplainantView { name: name.masked(), phone: phone.masked() })
}

pub(super) fn identity(
    app: &App,
    row: &complaint::Model,
    disclosed: &Disclosed,
) -> AppResult<ComplainantIdentity> {
    let cipher = &app.cipher;
    let name = cipher.personal::<Name>(NAME, &row.complainant_name_cipher)?;
    let phone = cipher.personal::<Phone>(PHONE, &row.complainant_phone_cipher)?;
    let address = cipher.personal::<Address>(ADDRESS, &row.complainant_address_cipher)?;
    Ok(ComplainantIdentity {
        name: name.clear(disclosed),
        phone: phone.clear(disclosed),
        address: address.clear(disclosed),
    })
}
