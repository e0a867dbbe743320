//! The tables of a database, and all that they hold.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use db::{Conn, Insert, Kind, Owned, Row, Stmt, params};

/// A statement that is made while the program runs. The drivers keep each prepared for ever, so it lives
/// as long; there are a few dozen.
pub(in crate::bench) fn statement(text: String) -> &'static Stmt {
    Box::leak(Box::new(Stmt::new(text.leak())))
}

/// A table.
#[derive(Debug)]
pub(in crate::bench) struct Table {
    pub(super) name: String,
    /// How its rows are inserted.
    pub(super) insert: &'static Insert,
    /// The place of its `id`, when that alone is its key.
    pub(super) id: Option<usize>,
    /// The places of its key's columns.
    key: Vec<usize>,
    all: &'static Stmt,
}

/// The tables in the order in which they were made: what others refer to comes first.
#[derive(Debug)]
pub(in crate::bench) struct Schema {
    pub(super) tables: Vec<Table>,
}

/// A row as it is read, whatever its columns.
struct Whole(Vec<Owned>);

impl db::FromRow for Whole {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        (0..row.width()).map(|index| row.get(index)).collect::<db::Result<_>>().map(Self)
    }
}

/// All rows of all tables.
#[derive(Debug)]
pub(in crate::bench) struct Dump(Vec<Vec<Vec<Owned>>>);

impl Schema {
    /// Reads it from a SQLite database.
    pub(in crate::bench) async fn read(conn: &mut Conn) -> Result<Self> {
        static NAMES: Stmt = Stmt::new(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY rowid",
        );
        static COLUMNS: Stmt = Stmt::new("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid");
        let names: Vec<(String,)> = conn.all(&NAMES, params![]).await?;
        let mut tables = Vec::new();
        for (name,) in names {
            let columns: Vec<(String, String, i64)> = conn.all(&COLUMNS, params![name]).await?;
            tables.push(Table::new(name, columns)?);
        }
        ensure!(!tables.is_empty(), "the database has no tables");
        Ok(Self { tables })
    }

    /// Everything in the database: for small ones.
    pub(in crate::bench) async fn dump(&self, conn: &mut Conn) -> Result<Dump> {
        let mut tables = Vec::with_capacity(self.tables.len());
        for table in &self.tables {
            let rows: Vec<Whole> = conn.all(table.all, params![]).await?;
            tables.push(rows.into_iter().map(|Whole(cells)| cells).collect());
        }
        Ok(Dump(tables))
    }

    /// The rows of `after` whose keys `before` does not know, each with the place of its table.
    pub(super) fn added<'d>(&self, before: &Dump, after: &'d Dump) -> Vec<(usize, &'d [Owned])> {
        let mut added = Vec::new();
        for (place, table) in self.tables.iter().enumerate() {
            let known: HashSet<Vec<&Owned>> = before.0[place].iter().map(|row| table.key_of(row)).collect();
            let rows = after.0[place].iter().filter(|row| !known.contains(&table.key_of(row)));
            added.extend(rows.map(|row| (place, row.as_slice())));
        }
        added
    }
}

impl Table {
    fn new(name: String, columns: Vec<(String, String, i64)>) -> Result<Self> {
        let key: Vec<usize> = (0..columns.len()).filter(|place| columns[*place].2 > 0).collect();
        let id = match key.as_slice() {
            [only] if columns[*only].0 == "id" => Some(*only),
            _ => None,
        };
        let names: Vec<&str> = columns.iter().map(|(name, ..)| name.as_str()).collect();
        let all = statement(format!("SELECT {} FROM {name}", names.join(", ")));
        let mut kinds = Vec::with_capacity(columns.len());
        for (column, declared, _) in columns {
            let kind = kind(&declared).with_context(|| format!("{name}.{column} is {declared}"))?;
            let column: &'static str = column.leak();
            kinds.push((column, kind));
        }
        let leaked: &'static str = name.clone().leak();
        let insert = Box::leak(Box::new(Insert::new(leaked, kinds.leak())));
        Ok(Self { name, insert, id, key, all })
    }

    fn key_of<'r>(&self, row: &'r [Owned]) -> Vec<&'r Owned> {
        if self.key.is_empty() {
            return row.iter().collect();
        }
        self.key.iter().map(|place| &row[*place]).collect()
    }
}

fn kind(declared: &str) -> Option<Kind> {
    match declared {
        "BIGINT" | "INTEGER" => Some(Kind::Int),
        "TEXT" => Some(Kind::Text),
        "BLOB" => Some(Kind::Blob),
        _ => None,
    }
}
