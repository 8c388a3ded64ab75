//! Whom a booking is for: encrypted, with blind indexes that recognise the same person and phone.

use entity::{booking, booking_roster};
use sea_orm::Set;
use uuid::Uuid;

use crate::app::App;
use crate::features::appointments::dto::{
    Beneficiary, BeneficiaryView, RosterSeat, RosterSeatView,
};
use crate::platform::crypto::{Disclosed, Name, Phone, column};
use crate::platform::http::text::normalised_phone;
use crate::platform::http::{AppResult, FieldError};

/// Whom a booking is for. Empty: the account's owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Whom {
    pub name_cipher: Option<Vec<u8>>,
    pub phone_cipher: Option<Vec<u8>>,
    pub person_index: Vec<u8>,
    pub phone_index: Option<Vec<u8>>,
}

impl Whom {
    pub fn of(app: &App, beneficiary: Option<Beneficiary>) -> AppResult<Self> {
        let Some(Beneficiary { name, phone }) = beneficiary else { return Ok(Self::default()) };
        let phone = phone.map(|phone| normalised_phone(&phone).unwrap_or(phone));
        let seal = |purpose, clear: &str| app.cipher.seal(purpose, clear.as_bytes());
        let sealed_phone =
            phone.as_deref().map(|phone| seal(column::BOOKING_PHONE.purpose, phone)).transpose()?;
        Ok(Self {
            name_cipher: Some(seal(column::BOOKING_BENEFICIARY.purpose, &name)?),
            phone_cipher: sealed_phone,
            person_index: app.blind_index.of(column::BOOKING_BENEFICIARY.purpose, &name),
            phone_index: phone
                .as_deref()
                .map(|phone| app.blind_index.of(column::ACCOUNT_PHONE.purpose, phone)),
        })
    }
}

/// Whom a booking is for: masked, or in clear for a look that is on record.
pub(super) fn beneficiary(
    app: &App,
    booking: &booking::Model,
    disclosed: Option<&Disclosed>,
) -> AppResult<Option<BeneficiaryView>> {
    let Some(sealed) = &booking.beneficiary_cipher else { return Ok(None) };
    let name = app.cipher.personal::<Name>(column::BOOKING_BENEFICIARY, sealed)?;
    let phone = match &booking.beneficiary_phone_cipher {
        Some(sealed) => Some(app.cipher.personal::<Phone>(column::BOOKING_PHONE, sealed)?),
        None => None,
    };
    Ok(Some(match disclosed {
        None => BeneficiaryView { name: name.masked(), phone: phone.map(|phone| phone.masked()) },
        Some(disclosed) => BeneficiaryView {
            name: name.clear(disclosed),
            phone: phone.map(|phone| phone.clear(disclosed)),
        },
    }))
}

/// # Errors
/// `validation_failed` when more come than there are places.
pub(super) fn check_roster(roster: &[RosterSeat], units: i32) -> AppResult<()> {
    if i32::try_from(roster.len()).is_ok_and(|seats| seats <= units) {
        return Ok(());
    }
    Err(FieldError::new("roster", "too_long", "名单人数不能多于预约名额").into())
}

pub(super) fn seats(
    app: &App,
    booking_id: Uuid,
    roster: &[RosterSeat],
) -> AppResult<Vec<booking_roster::ActiveModel>> {
    let seat = |(position, seat): (i32, &RosterSeat)| {
        let seal = |name: &str| app.cipher.seal(column::BOOKING_SEAT.purpose, name.as_bytes());
        Ok(booking_roster::ActiveModel {
            id: Set(app.ids.id()),
            booking_id: Set(booking_id),
            position: Set(position),
            label: Set(seat.label.clone()),
            name_cipher: Set(seat.name.as_deref().map(seal).transpose()?),
            arrived_at: Set(None),
        })
    };
    (1..).zip(roster).map(seat).collect()
}

/// One seat, with its name masked or in clear for a look that is on record.
pub(super) fn seat_view(
    app: &App,
    row: booking_roster::Model,
    disclosed: Option<&Disclosed>,
) -> AppResult<RosterSeatView> {
    let name = match &row.name_cipher {
        Some(sealed) => Some(app.cipher.personal::<Name>(column::BOOKING_SEAT, sealed)?),
        None => None,
    };
    let name = name.map(|name| match disclosed {
        None => name.masked(),
        Some(disclosed) => name.clear(disclosed),
    });
    let booking_roster::Model { position, label, arrived_at, .. } = row;
    Ok(RosterSeatView { position, label, name, arrived_at })
}
