use entity::account::{self, AccountKind, AccountStatus};
use entity::class;
use entity::class_seat;
use entity::login_session::SessionAudience;
use sea_orm::Set;

use super::{CODE, PIN, new_pin, pin_index, seat_pin};
use crate::app::App;
use crate::features::classes::dto::{SeatLoginView, TakeClassSeat};
use crate::features::classes::model::{PIN_FAILURES, free_number, label, lets_in, spelled};
use crate::features::classes::queries;
use crate::platform::auth::{Ctx, perm, start_session};
use crate::platform::db::Tx;
use crate::platform::http::{AppError, AppResult, ErrorCode};

/// Takes a free seat, or comes back to one with its card.
pub async fn take_class_seat(
    ctx: &Ctx<perm::Public>,
    input: TakeClassSeat,
) -> AppResult<SeatLoginView> {
    let app = &ctx.app;
    let indexes = app.blind_index.all_of(CODE, &spelled(&input.class_code));
    let tx = ctx.begin().await?;
    let class = queries::locked_by_code(&tx, indexes).await?;
    let class = class.filter(|class| lets_in(class, ctx.now));
    let class = class.ok_or_else(|| AppError::new(ErrorCode::ClassCodeInvalid))?;
    let number = match input.seat_number {
        Some(number) if number > class.size => return Err(ErrorCode::NotFound.into()),
        Some(number) => number,
        None => {
            let taken = queries::seats(&tx, class.id).await?;
            let taken: Vec<i16> = taken.iter().map(|seat| seat.number).collect();
            free_number(&taken, class.size).ok_or_else(|| AppError::new(ErrorCode::ClassFull))?
        }
    };
    let (account, pin) = match queries::seat(&tx, class.id, number).await? {
        None => {
            let (account, pin) = take(app, &tx, &class, number).await?;
            (account, Some(pin))
        }
        Some(seat) => {
            let pin = input.pin.ok_or_else(|| AppError::new(ErrorCode::SeatTaken))?;
            if let Err(refusal) = check_pin(app, &seat, &pin) {
                if refusal == ErrorCode::SeatPinInvalid {
                    queries::update_pin_failures(&tx, seat.account_id, seat.pin_failures + 1)
                        .await?;
                    tx.commit().await?;
                }
                return Err(refusal.into());
            }
            // Under the key of today, so that an old one is needed less and less.
            let index = pin_index(app, seat.account_id, &pin);
            queries::update_pin(&tx, seat.account_id, index).await?;
            let account = queries::account(&tx, seat.account_id).await?;
            (account.ok_or_else(|| AppError::internal("a seat without its account"))?, None)
        }
    };
    let audience = SessionAudience::Resident;
    let tokens = start_session(app, &tx, audience, account.id, account.epoch).await?;
    tx.commit().await?;
    let class_label = label(class.grade, class.number);
    Ok(SeatLoginView { tokens, class_label, seat_number: number, pin })
}

fn check_pin(app: &App, seat: &class_seat::Model, pin: &str) -> Result<(), ErrorCode> {
    if seat.pin_failures >= PIN_FAILURES {
        return Err(ErrorCode::SeatLocked);
    }
    // Both are keyed hashes: how long the comparison takes tells nothing about the digits.
    if app.blind_index.all_of(PIN, &seat_pin(seat.account_id, pin)).contains(&seat.pin_index) {
        Ok(())
    } else {
        Err(ErrorCode::SeatPinInvalid)
    }
}

async fn take(
    app: &App,
    tx: &Tx,
    class: &class::Model,
    number: i16,
) -> AppResult<(account::Model, String)> {
    let (id, pin, now) = (tx.new_id(), new_pin(app), tx.now());
    let row = account::ActiveModel {
        id: Set(id),
        status: Set(AccountStatus::Active),
        kind: Set(AccountKind::Seat),
        epoch: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
        ..account::ActiveModel::default()
    };
    let seat = class_seat::ActiveModel {
        account_id: Set(id),
        class_id: Set(class.id),
        number: Set(number),
        pin_index: Set(pin_index(app, id, &pin)),
        pin_failures: Set(0),
        taken_at: Set(now),
    };
    let account = queries::insert_seat(tx, row, seat).await?;
    Ok((account, pin))
}
