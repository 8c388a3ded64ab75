//! Places on the map. Degrees are those of GCJ-02, in which WeChat's maps ask and answer, kept as
//! millionths (0.1 m) so that both databases compare the same numbers.

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, ExprTrait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::http::{AppResult, FieldError};

/// How far away something may be to count as near, in metres.
pub const NEAR_METRES: f64 = 200_000.0;
/// Mean radius of the earth (IUGG), in metres.
const EARTH_METRES: f64 = 6_371_008.8;
const MILLION: f64 = 1_000_000.0;

/// A place in degrees, as requests and replies spell it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// GCJ-02
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(example = 39.983_424)]
    pub latitude: f64,
    /// GCJ-02
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(example = 116.322_987)]
    pub longitude: f64,
}

impl Location {
    /// Reads `lat,lon` of a query.
    ///
    /// # Errors
    /// `validation_failed` on `path`.
    pub fn parse(text: &str, path: &str) -> AppResult<Self> {
        let parts = text.split_once(',').and_then(|(latitude, longitude)| {
            Some((latitude.trim().parse().ok()?, longitude.trim().parse().ok()?))
        });
        let location = parts.map(|(latitude, longitude)| Self { latitude, longitude });
        // Not a number is in no range.
        let is_on_earth = |location: &Self| {
            (-90.0..=90.0).contains(&location.latitude)
                && (-180.0..=180.0).contains(&location.longitude)
        };
        location.filter(is_on_earth).ok_or_else(|| {
            FieldError::new(path, "invalid_format", "应为“纬度,经度”，例如 39.98,116.32").into()
        })
    }

    /// Of two columns that are both filled or both empty.
    #[must_use]
    pub fn from_e6(latitude: Option<i32>, longitude: Option<i32>) -> Option<Self> {
        let degrees = |millionths: i32| f64::from(millionths) / MILLION;
        Some(Self { latitude: degrees(latitude?), longitude: degrees(longitude?) })
    }

    /// Latitude and longitude for their columns.
    #[must_use]
    pub fn to_e6(self) -> (i32, i32) {
        #[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
        let millionths = |degrees: f64| (degrees * MILLION).round() as i32;
        (millionths(self.latitude), millionths(self.longitude))
    }

    /// Along the great circle (haversine), in whole metres.
    #[must_use]
    pub fn metres_to(self, other: Self) -> u32 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half = |delta: f64| (delta / 2.0).sin().powi(2);
        let across = half((other.longitude - self.longitude).to_radians());
        let chord = half(b - a) + a.cos() * b.cos() * across;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and half the circumference"
        )]
        let metres = (2.0 * EARTH_METRES * chord.min(1.0).sqrt().asin()).round() as u32;
        metres
    }

    /// What may be within [`NEAR_METRES`]: a box, which the caller cuts to a circle. Across the
    /// 180th meridian it does not reach.
    pub fn near(self, latitude: impl ColumnTrait, longitude: impl ColumnTrait) -> Condition {
        let reach = (NEAR_METRES / EARTH_METRES).to_degrees();
        let across = reach / self.stretch().max(0.001);
        let corner = |north: f64, east: f64| Self {
            latitude: (self.latitude + north).clamp(-90.0, 90.0),
            longitude: (self.longitude + east).clamp(-180.0, 180.0),
        };
        let (south, west) = corner(-reach, -across).to_e6();
        let (north, east) = corner(reach, across).to_e6();
        Condition::all().add(latitude.between(south, north)).add(longitude.between(west, east))
    }

    /// Sorts by nearness as a plane map would, which both databases can compute; the exact distance is
    /// for the few that are then looked at.
    pub fn nearness(self, latitude: impl ColumnTrait, longitude: impl ColumnTrait) -> SimpleExpr {
        let (here, along) = self.to_e6();
        let square = |side: SimpleExpr| side.clone().mul(side);
        let north = Expr::col(latitude.as_column_ref()).sub(here).mul(1.0);
        let east = Expr::col(longitude.as_column_ref()).sub(along).mul(self.stretch());
        square(north).add(square(east))
    }

    /// How long a degree of longitude is here, compared with one of latitude.
    fn stretch(self) -> f64 {
        self.latitude.to_radians().cos()
    }
}

/// How many of the nearest on a plane map to measure, so that the nearest `limit` of a globe are among
/// them: within [`NEAR_METRES`] the two orders differ by neighbours only.
#[must_use]
pub fn candidates(limit: u64) -> u64 {
    2 * limit + 20
}

/// The nearest `limit` of the candidates, with their distances in metres, nearest first.
pub fn nearest<T>(
    here: Location,
    found: Vec<T>,
    limit: u64,
    place: impl Fn(&T) -> Option<Location>,
) -> Vec<(T, u32)> {
    let with_distance = |one: T| {
        let metres = here.metres_to(place(&one)?);
        (f64::from(metres) <= NEAR_METRES).then_some((one, metres))
    };
    let mut near: Vec<(T, u32)> = found.into_iter().filter_map(with_distance).collect();
    near.sort_by_key(|(_, metres)| *metres);
    near.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    near
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEIJING: Location = Location { latitude: 39.904_2, longitude: 116.407_4 };
    const SHANGHAI: Location = Location { latitude: 31.230_4, longitude: 121.473_7 };

    #[test]
    fn known_distances_come_out() {
        assert_eq!(BEIJING.metres_to(BEIJING), 0);
        assert!((1_066_000..1_069_000).contains(&BEIJING.metres_to(SHANGHAI)));
        let (pole, antipode) = (
            Location { latitude: 90.0, longitude: 0.0 },
            Location { latitude: -90.0, longitude: 77.0 },
        );
        assert_eq!(pole.metres_to(antipode), 20_015_114);
        let one_degree = Location { latitude: 1.0, longitude: 0.0 };
        assert_eq!(one_degree.metres_to(Location { latitude: 0.0, longitude: 0.0 }), 111_195);
    }

    #[test]
    fn only_two_numbers_on_earth_are_a_place() {
        let parse = |text| Location::parse(text, "near").ok();
        assert_eq!(parse("39.9042, 116.4074"), Some(BEIJING));
        assert_eq!(parse("-90,180").map(Location::to_e6), Some((-90_000_000, 180_000_000)));
        for text in ["", ",", "39.9", "91,116", "39,181", "NaN,1", "inf,1", "1,2,3", "北,京"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_nearest_come_first_and_the_far_not_at_all() {
        let places = vec![SHANGHAI, Location { latitude: 40.0, ..BEIJING }, BEIJING];
        let near = nearest(BEIJING, places, 5, |place| Some(*place));
        assert_eq!(near.iter().map(|(_, metres)| *metres).collect::<Vec<_>>(), [0, 10_652]);
    }

    proptest! {
        #[test]
        fn a_distance_is_the_same_both_ways_and_survives_storage(
            (a, b) in (-90.0..=90.0, -180.0..=180.0),
            (c, d) in (-90.0..=90.0, -180.0..=180.0),
        ) {
            let one = Location { latitude: a, longitude: b };
            let other = Location { latitude: c, longitude: d };
            prop_assert!(one.metres_to(other).abs_diff(other.metres_to(one)) <= 1);
            let (latitude, longitude) = one.to_e6();
            let again = Location::from_e6(Some(latitude), Some(longitude)).unwrap();
            prop_assert!(one.metres_to(again) <= 1);
        }
    }
}
