//! Pages of a list, and places in it.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

use crate::{FieldErrors, input};

/// How many entries a page may hold: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(i64);

impl Limit {
    /// The most entries of a page.
    pub const MAX: i64 = 100;

    /// `None` outside 1 to [`Limit::MAX`].
    pub fn new(entries: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&entries).then_some(Self(entries))
    }
    /// The longest page.
    pub const fn most() -> Self {
        Self(Self::MAX)
    }
    /// Entries of a page.
    pub const fn entries(self) -> i64 {
        self.0
    }
    /// What to ask of the database: one more than a page, which tells whether another follows.
    pub const fn plus_one(self) -> i64 {
        self.0 + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

/// A page of a list, and the place where the next begins.
#[derive(Debug, Clone)]
pub struct Page<T, C> {
    /// The entries.
    pub entries: Vec<T>,
    /// The place after the last entry, when there is more.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// Makes a page of rows that were asked for with [`Limit::plus_one`]; `place` is where an entry stands.
    pub fn cut(mut rows: Vec<T>, limit: Limit, place: impl FnOnce(&T) -> C) -> Self {
        let size = usize::try_from(limit.entries()).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(place) } else { None };
        Self { entries: rows, next }
    }

    /// The same page of other things.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U, C> {
        Page { entries: self.entries.into_iter().map(change).collect(), next: self.next }
    }

    /// The same page with its place in another form.
    pub fn map_place<D>(self, change: impl FnOnce(C) -> D) -> Page<T, D> {
        Page { entries: self.entries, next: self.next.map(change) }
    }
}

/// A place in an order that people choose: 0 to 1,000,000, the lower first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(i64);

impl Position {
    /// The last place that can be asked for.
    pub const MAX: i64 = 1_000_000;

    /// The number of the place.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Deserr<FieldErrors> for Position {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::integer(value, location, 0, Self::MAX).map(Self)
    }
}
input::describe!(Position as integer, 0, Position::MAX);
