use entity::complaint;
use entity::media_file::MediaHolder;
use entity::text_review::TextKind;
use sea_orm::ConnectionTrait;

use super::{ADDRESS, NAME, PHONE};
use crate::app::App;
use crate::features::complaints::dto::{
    ComplainantIdentity, ComplainantView, ComplaintChecks, ComplaintSummary, ComplaintView,
    EvidenceView, RealNameIdentity, RiskSignalView,
};
use crate::features::complaints::model::Party;
use crate::features::complaints::queries;
use crate::features::media::service::list_held_media;
use crate::features::risk::service::{RiskSignal, signals_of};
use crate::features::text_reviews::service::{ReviewState, state_of};
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
    let checks = match who {
        Party::Complainant => None,
        Party::Handler => Some(checks(app, conn, &row).await?),
    };
    let evidence = list_held_media(conn, (MediaHolder::Complaint, row.id)).await?;
    Ok(ComplaintView {
        summary: ComplaintSummary::of(&row, who),
        complainant: complainant(app, &row)?,
        facts: row.facts,
        amount_fen: row.amount_fen,
        purchased_on: row.purchased_on,
        is_publishable: row.is_publishable,
        is_delegable: row.is_delegable,
        evidence: evidence.iter().map(|file| EvidenceView::of(file, row.id, who)).collect(),
        timeline: timeline.into_iter().map(Into::into).collect(),
        checks,
    })
}

async fn checks(
    app: &App,
    conn: &impl ConnectionTrait,
    row: &complaint::Model,
) -> AppResult<ComplaintChecks> {
    let review = state_of(app, conn, TextKind::ComplaintFacts, row.id, &row.facts).await?;
    let signals = signals_of(conn, row.account_id).await?;
    let signal = |signal: RiskSignal| RiskSignalView {
        scene: signal.scene,
        rank: signal.rank,
        explanation: signal.explanation,
        at: signal.at,
    };
    Ok(ComplaintChecks {
        may_be_published: row.is_publishable && review.is_some_and(ReviewState::is_publishable),
        text_review: review.map(|review| review.status),
        text_review_reason: review.and_then(|review| review.reason),
        risk_signals: signals.into_iter().map(signal).collect(),
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
    real_name: Option<(String, String)>,
) -> AppResult<ComplainantIdentity> {
    let cipher = &app.cipher;
    let name = cipher.personal::<Name>(NAME, &row.complainant_name_cipher)?;
    let phone = cipher.personal::<Phone>(PHONE, &row.complainant_phone_cipher)?;
    let address = cipher.personal::<Address>(ADDRESS, &row.complainant_address_cipher)?;
    Ok(ComplainantIdentity {
        name: name.clear(disclosed),
        phone: phone.clear(disclosed),
        address: address.clear(disclosed),
        real_name: real_name.map(|(name, id_number)| RealNameIdentity { name, id_number }),
    })
}
