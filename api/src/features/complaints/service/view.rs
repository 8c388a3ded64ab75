use entity::complaint;
use sea_orm::ConnectionTrait;

use super::{ADDRESS, NAME, PHONE};
use crate::app::App;
use crate::features::complaints::dto::{ComplainantView, ComplaintSummary, ComplaintView};
use crate::features::complaints::model::Party;
use crate::features::complaints::queries;
use crate::platform::http::AppResult;
use crate::platform::http::text::{masked_name, masked_phone};

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
        complainant: complainant(app, &row, who)?,
        facts: row.facts,
        amount_fen: row.amount_fen,
        purchased_on: row.purchased_on,
        is_publishable: row.is_publishable,
        is_delegable: row.is_delegable,
        timeline: timeline.into_iter().map(Into::into).collect(),
    })
}

fn complainant(app: &App, row: &complaint::Model, who: Party) -> AppResult<ComplainantView> {
    let name = app.cipher.open_text(NAME, &row.complainant_name_cipher)?;
    let phone = app.cipher.open_text(PHONE, &row.complainant_phone_cipher)?;
    Ok(match who {
        Party::Complainant => {
            ComplainantView { name: masked_name(&name), phone: masked_phone(&phone), address: None }
        }
        Party::Handler => ComplainantView {
            name,
            phone,
            address: Some(app.cipher.open_text(ADDRESS, &row.complainant_address_cipher)?),
        },
    })
}
