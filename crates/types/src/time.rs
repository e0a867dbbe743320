//! Points in time, and the clock that tells them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Serialize, Serializer};

use crate::{FieldErrors, input};

/// A point in time, UTC, in microseconds of the Unix epoch. RFC 3339 in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds of the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// From milliseconds of the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 1_000)
    }
    /// Microseconds of the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }
    /// Milliseconds of the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }
    /// Seconds of the Unix epoch.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// This many seconds later, or earlier when negative.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
    /// Seconds from `earlier` to here, rounded up.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0 + 999_999).div_euclid(1_000_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_microsecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{time:.6}")
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(|time| Self(time.as_microsecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Deserr<FieldErrors> for Timestamp {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::string(value, location)?
            .parse()
            .map_err(|_| FieldErrors::at(location, "malformed", "not a time in RFC 3339"))
    }
}
input::describe!(Timestamp as string, example "2026-03-01T12:00:00.000000Z");

/// Tells the time. The only source of it below the binary, so that tests can move it.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    /// The system's time and an offset in microseconds.
    Shifted(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that runs with the system's but can be moved with [`Clock::advance`].
    pub fn movable() -> Self {
        Self(Source::Shifted(Arc::default()))
    }

    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn now(&self) -> Timestamp {
        let system = jiff::Timestamp::now().as_microsecond();
        match &self.0 {
            Source::System => Timestamp(system),
            Source::Shifted(offset) => Timestamp(system + offset.load(Ordering::SeqCst)),
        }
    }

    /// Moves a movable clock; the system's clock stays.
    pub fn advance(&self, seconds: i64) {
        if let Source::Shifted(offset) = &self.0 {
            offset.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }
}
