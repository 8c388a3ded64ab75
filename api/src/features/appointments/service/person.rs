//! Whom a booking is for: encrypted, with blind indexes that recognise the same person and phone.

use entity::{booking, booking_roster};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::features::accounts::service::phone_index;
use crate::features::appointments::dto::{Beneficiary, BeneficiaryView, Seat, SeatView};
use crate::platform::http::text::{masked_phone, normalised_phone};
use crate::platform::http::{AppError, AppResult, FieldError};

const BENEFICIARY: &str = "booking.beneficiary";
const SEAT: &str = "booking.seat";

/// Whom a booking is for. Empty: the account's owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Whom {
    pub cipher: Option<Vec<u8>>,
    pub person_index: Vec<u8>,
    pub phone_index: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    name: String,
    phone: Option<String>,
}

impl Whom {
    pub fn of(app: &App, beneficiary: Option<Beneficiary>) -> AppResult<Self> {
        let Some(Beneficiary { name, phone }) = beneficiary else { return Ok(Self::default()) };
        let phone = phone.map(|phone| normalised_phone(&phone).unwrap_or(phone));
        let person_index = app.blind_index.of(BENEFICIARY, &name);
        let phone_index = phone.as_deref().map(|phone| phone_index(app, phone));
        let plain = serde_json::to_vec(&Sealed { name, phone }).map_err(AppError::internal)?;
        Ok(Self { cipher: Some(app.cipher.seal(BENEFICIARY, &plain)?), person_index, phone_index })
    }
}

/// Whom a booking is for, as its owner and its lab see it.
pub(super) fn beneficiary(
    app: &App,
    booking: &booking::Model,
) -> AppResult<Option<BeneficiaryView>> {
    let Some(cipher) = &booking.beneficiary_cipher else { return Ok(None) };
    let plain = app.cipher.open(BENEFICIARY, cipher)?;
    let Sealed { name, phone } = serde_json::from_slice(&plain).map_err(AppError::internal)?;
    Ok(Some(BeneficiaryView { name, phone: phone.as_deref().map(masked_phone) }))
}

/// # Errors
/// `validation_failed` when more come than there are places.
pub(super) fn check_roster(roster: &[Seat], units: i32) -> AppResult<()> {
    if i32::try_from(roster.len()).is_ok_and(|seats| seats <= units) {
        return Ok(());
    }
    Err(FieldError::new("roster", "too_long", "名单人数不能多于预约名额").into())
}

pub(super) fn seats(
    app: &App,
    booking_id: Uuid,
    roster: &[Seat],
) -> AppResult<Vec<booking_roster::ActiveModel>> {
    let seat = |(position, seat): (i32, &Seat)| {
        let name = seat.name.as_deref().map(|name| app.cipher.seal(SEAT, name.as_bytes()));
        let name = name.transpose()?;
        Ok(booking_roster::ActiveModel {
            booking_id: Set(booking_id),
            position: Set(position),
            label: Set(seat.label.clone()),
            name_cipher: Set(name),
            arrived_at: Set(None),
        })
    };
    (1..).zip(roster).map(seat).collect()
}

pub(super) fn seat_view(app: &App, row: booking_roster::Model) -> AppResult<SeatView> {
    let name = row.name_cipher.map(|cipher| app.cipher.open_text(SEAT, &cipher)).transpose()?;
    Ok(SeatView { position: row.position, label: row.label, name })
}
