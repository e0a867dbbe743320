//! Rows, decoded in place into the domain's structs.

use crate::{
    Column, ColumnError, ColumnValue, Stmt,
    error::{Error, Result},
    postgres, sqlite,
};

/// One row of a statement's answer, decoded where the driver holds it.
pub struct Row<'r> {
    cells: Cells<'r>,
    stmt: &'static Stmt,
}

enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    pub(crate) fn sqlite(row: &'r rusqlite::Row<'r>, stmt: &'static Stmt) -> Self {
        Self { cells: Cells::Sqlite(row), stmt }
    }

    pub(crate) fn postgres(row: &'r tokio_postgres::Row, stmt: &'static Stmt) -> Self {
        Self { cells: Cells::Postgres(row), stmt }
    }

    /// Reads a column by its position, counted from 0.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        self.column(index).and_then(T::from_column).map_err(|reason| Error::Column {
            at: self.stmt.location(),
            column: index + 1,
            reason,
        })
    }

    /// The columns one after the other, for types that read theirs in order.
    pub fn columns(&self) -> Columns<'_, 'r> {
        Columns { row: self, next: 0 }
    }

    /// How many columns the row has.
    pub fn width(&self) -> usize {
        match &self.cells {
            Cells::Sqlite(row) => row.as_ref().column_count(),
            Cells::Postgres(row) => row.len(),
        }
    }

    fn column(&self, index: usize) -> Result<ColumnValue<'_>, ColumnError> {
        if index >= self.width() {
            return Err(ColumnError::invalid("the statement answers fewer columns"));
        }
        match &self.cells {
            Cells::Sqlite(row) => sqlite::column(row, index),
            Cells::Postgres(row) => postgres::column(row, index),
        }
    }
}

/// Reads the columns of a row from left to right.
pub struct Columns<'a, 'r> {
    row: &'a Row<'r>,
    next: usize,
}

impl Columns<'_, '_> {
    /// The next column.
    pub fn read<T: Column>(&mut self) -> Result<T> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// Fails if the statement answers columns that nobody read: its list and its type have drifted apart.
    pub fn finish(self) -> Result<()> {
        let width = self.row.width();
        if self.next == width {
            return Ok(());
        }
        Err(Error::Columns { at: self.row.stmt.location(), read: self.next, found: width })
    }
}

/// A type that is read from one row. Derive it for a struct with [`from_row!`](crate::from_row).
pub trait FromRow: Sized {
    /// Reads it.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Column),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                let mut columns = row.columns();
                let tuple = ($(columns.read::<$name>()?,)+);
                columns.finish()?;
                Ok(tuple)
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);

/// Implements [`FromRow`] for a struct whose fields are the statement's columns, in the listed order:
/// `from_row!(Product { id, title, price });`
#[macro_export]
macro_rules! from_row {
    ($type:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::FromRow for $type {
            fn from_row(row: &$crate::Row<'_>) -> $crate::Result<Self> {
                let mut columns = row.columns();
                let value = Self { $($field: columns.read()?),+ };
                columns.finish()?;
                Ok(value)
            }
        }
    };
}
