//! Keyset pages on (instant, id): cheap at any depth, and stable while rows are added.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Utc};
use entity::scope::Scoped;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::platform::http::{AppError, AppResult, ErrorCode, FieldError};

pub const PAGE_LIMIT_MAX: u64 = 100;
const PAGE_LIMIT_DEFAULT: u64 = 20;

/// `?cursor=&limit=` of every list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before; opaque.
    pub cursor: Option<String>,
    /// 1–100, 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// The query of a list that can be narrowed: the given fields, and those of [`PageQuery`], which
/// serde cannot flatten into a type that refuses unknown fields.
#[macro_export]
macro_rules! paged_filter {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, ::serde::Deserialize, ::utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: Option<$type>,)+
            /// `next_cursor` of the page before; opaque.
            pub cursor: Option<String>,
            /// 1–100, 20 when absent.
            #[param(minimum = 1, maximum = 100)]
            pub limit: Option<u64>,
        }

        impl $name {
            pub fn page(&self) -> $crate::platform::db::PageQuery {
                $crate::platform::db::PageQuery { cursor: self.cursor.clone(), limit: self.limit }
            }
        }
    };
}

/// Newest first, or oldest first for what lies ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Descending,
    Ascending,
}

/// The last row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl Cursor {
    #[must_use]
    pub fn encode(self) -> String {
        let mut bytes = [0; 24];
        let (at, id) = bytes.split_at_mut(8);
        at.copy_from_slice(&self.at.timestamp_micros().to_be_bytes());
        id.copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn tuple(self) -> Expr {
        Expr::tuple([Expr::value(self.at), Expr::value(self.id)])
    }

    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (at, id) = bytes.split_at_checked(8)?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(at.try_into().ok()?))?;
        // Beyond this PostgreSQL has no timestamp and the query would fail instead of the request.
        let is_storable = (1970..10_000).contains(&at.year());
        is_storable.then_some(Self { at, id: Uuid::from_slice(id).ok()? })
    }
}

impl PageQuery {
    /// # Errors
    /// `validation_failed` for a limit out of range, `invalid_cursor` for a cursor we never gave.
    pub fn parse(&self) -> AppResult<(Option<Cursor>, u64)> {
        let limit = self.limit.unwrap_or(PAGE_LIMIT_DEFAULT);
        if !(1..=PAGE_LIMIT_MAX).contains(&limit) {
            return Err(FieldError::out_of_range("limit", 1, PAGE_LIMIT_MAX).into());
        }
        let cursor = self
            .cursor
            .as_deref()
            .map(|text| Cursor::decode(text).ok_or_else(|| AppError::new(ErrorCode::InvalidCursor)))
            .transpose()?;
        Ok((cursor, limit))
    }
}

/// Cuts a scope to the rows after `cursor`, one more than `limit` so that the end is known.
#[must_use]
pub fn page_of<E, A, I>(
    rows: Scoped<E>,
    (at, id): (A, I),
    direction: Direction,
    cursor: Option<Cursor>,
    limit: u64,
) -> Select<E>
where
    E: EntityTrait,
    A: ColumnTrait,
    I: ColumnTrait,
{
    let select = rows.into_select();
    // A row comparison, so that both engines read on in the index from where the page ended.
    let key = || Expr::tuple([Expr::col(at.as_column_ref()), Expr::col(id.as_column_ref())]);
    let select = match (cursor, direction) {
        (None, _) => select,
        (Some(c), Direction::Descending) => select.filter(key().lt(c.tuple())),
        (Some(c), Direction::Ascending) => select.filter(key().gt(c.tuple())),
    };
    let select = match direction {
        Direction::Descending => select.order_by_desc(at).order_by_desc(id),
        Direction::Ascending => select.order_by_asc(at).order_by_asc(id),
    };
    select.limit(limit + 1)
}

impl<T> Page<T> {
    /// Builds the page from `limit + 1` rows.
    pub fn build<R>(
        mut rows: Vec<R>,
        limit: u64,
        key: impl Fn(&R) -> (DateTime<Utc>, Uuid),
        view: impl FnMut(R) -> T,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|last| {
            let (at, id) = key(last);
            Cursor { at, id }.encode()
        });
        Self { items: rows.into_iter().map(view).collect(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip_and_garbage_does_not() {
        let cursor = Cursor {
            at: DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for garbage in ["", "x", "AAAA", "%%%", &"A".repeat(400)] {
            assert_eq!(Cursor::decode(garbage), None);
        }
        let mut bytes = [0xff; 24];
        bytes[0] = 0x7f;
        assert_eq!(Cursor::decode(&URL_SAFE_NO_PAD.encode(bytes)), None);
    }

    #[test]
    fn a_page_knows_whether_it_is_the_last() {
        let at = DateTime::UNIX_EPOCH;
        let rows: Vec<Uuid> = (0..3).map(Uuid::from_u128).collect();
        let page = Page::build(rows.clone(), 2, |id| (at, *id), |id| id);
        assert_eq!(page.items.len(), 2);
        let next = Cursor::decode(&page.next_cursor.unwrap()).unwrap();
        assert_eq!(next.id, Uuid::from_u128(1));
        assert!(Page::build(rows, 3, |id| (at, *id), |id| id).next_cursor.is_none());
    }
}
