//! Rows that were seen once, to be copied.

use std::collections::HashMap;

use anyhow::{Result, ensure};
use db::{Insert, Owned, ToValue as _, Tx};
use types::CheckoutId;

use super::schema::{Dump, Schema};

/// Numbers from here on are identifiers: smaller ones are amounts and counts.
const LEAST_ID: i64 = 1_000_000_000_000_000;

/// What differs from copy to copy beside the copy's own identifiers: an identifier or number of other
/// rows, or a piece of texts.
#[derive(Debug, Clone)]
pub(in crate::bench) enum Given {
    /// A whole number; where it is an identifier also its written forms within texts.
    Int(i64),
    /// A piece of texts.
    Text(String),
}

/// The rows that one run of an operation added.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Template {
    rows: Vec<Row>,
    /// How many identifiers a copy needs.
    pub(in crate::bench) ids: usize,
    given: usize,
}

#[derive(Debug, Clone)]
struct Row {
    table: String,
    insert: &'static Insert,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone)]
enum Cell {
    Fixed(Owned),
    /// The copy's identifier with this number.
    Id(usize),
    Given(usize),
    Text(Vec<Part>),
}

#[derive(Debug, Clone)]
enum Part {
    Fixed(String),
    /// The 13 characters of an identifier.
    Code(Source),
    /// An identifier in digits.
    Digits(Source),
    Given(usize),
}

#[derive(Debug, Clone, Copy)]
enum Source {
    Id(usize),
    Given(usize),
}

/// Rows by table, ready to be inserted.
#[derive(Debug, Default)]
pub(in crate::bench) struct Rows {
    tables: Vec<(&'static Insert, Vec<Vec<Owned>>)>,
}

impl Template {
    /// What was added between two dumps. `samples` are the values that each copy gets its own of.
    pub(in crate::bench) fn of(
        schema: &Schema,
        (before, after): (&Dump, &Dump),
        samples: &[Given],
    ) -> Result<Self> {
        let added = schema.added(before, after);
        ensure!(!added.is_empty(), "the operation that was to be copied added nothing");
        let mut ids = HashMap::new();
        for (table, row) in &added {
            if let Some(Owned::Int(id)) = schema.tables[*table].id.map(|place| &row[place])
                && *id >= LEAST_ID
            {
                let next = ids.len();
                ids.entry(*id).or_insert(next);
            }
        }
        let finder = Finder { needles: needles(&ids, samples), ids: &ids, samples };
        let rows = added.into_iter().map(|(table, row)| Row {
            table: schema.tables[table].name.clone(),
            insert: schema.tables[table].insert,
            cells: row.iter().map(|cell| finder.cell(cell)).collect(),
        });
        Ok(Self { rows: rows.collect(), ids: ids.len(), given: samples.len() })
    }

    /// The same without the rows of some tables.
    pub(in crate::bench) fn without(mut self, tables: &[&str]) -> Self {
        self.rows.retain(|row| !tables.contains(&row.table.as_str()));
        self
    }

    /// The same with the rows of some tables only.
    pub(in crate::bench) fn only(mut self, tables: &[&str]) -> Self {
        self.rows.retain(|row| tables.contains(&row.table.as_str()));
        self
    }

    /// Adds a copy to `rows`, with as many identifiers and given values as the template has.
    pub(in crate::bench) fn copy(&self, rows: &mut Rows, ids: &[i64], given: &[Given]) {
        assert!(ids.len() == self.ids && given.len() == self.given, "a copy fits its template");
        for row in &self.rows {
            let cells = row.cells.iter().map(|cell| copied(cell, ids, given)).collect();
            rows.push(row.insert, cells);
        }
    }
}

/// Looks for what differs from copy to copy.
struct Finder<'a> {
    needles: Vec<(String, Part)>,
    ids: &'a HashMap<i64, usize>,
    samples: &'a [Given],
}

fn needles(ids: &HashMap<i64, usize>, samples: &[Given]) -> Vec<(String, Part)> {
    let mut needles: Vec<(String, Part)> = Vec::new();
    let mut add = |id: i64, source| {
        needles.push((code(id), Part::Code(source)));
        needles.push((id.to_string(), Part::Digits(source)));
    };
    for (id, number) in ids {
        add(*id, Source::Id(*number));
    }
    for (number, sample) in samples.iter().enumerate() {
        if let Given::Int(id) = sample
            && *id >= LEAST_ID
        {
            add(*id, Source::Given(number));
        }
    }
    for (number, sample) in samples.iter().enumerate() {
        if let Given::Text(text) = sample {
            needles.push((text.clone(), Part::Given(number)));
        }
    }
    needles
}

impl Finder<'_> {
    fn cell(&self, cell: &Owned) -> Cell {
        match cell {
            Owned::Int(value) => {
                let sample = |given: &Given| matches!(given, Given::Int(given) if given == value);
                match (self.ids.get(value), self.samples.iter().position(sample)) {
                    (_, Some(number)) => Cell::Given(number),
                    (Some(number), None) => Cell::Id(*number),
                    (None, None) => Cell::Fixed(cell.clone()),
                }
            }
            Owned::Text(text) => match self.parts(text) {
                Some(parts) => Cell::Text(parts),
                None => Cell::Fixed(cell.clone()),
            },
            Owned::Blob(_) | Owned::Null => Cell::Fixed(cell.clone()),
        }
    }

    /// The text in parts, unless it is the same in every copy.
    fn parts(&self, text: &str) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let found = self.needles.iter().filter_map(|needle| Some((rest.find(&needle.0)?, needle)));
            let Some((place, (needle, part))) = found.min_by_key(|(place, _)| *place) else { break };
            parts.push(Part::Fixed(rest[..place].to_owned()));
            parts.push(part.clone());
            rest = &rest[place + needle.len()..];
        }
        if parts.is_empty() {
            return None;
        }
        parts.push(Part::Fixed(rest.to_owned()));
        Some(parts)
    }
}

fn copied(cell: &Cell, ids: &[i64], given: &[Given]) -> Owned {
    match cell {
        Cell::Fixed(value) => value.clone(),
        Cell::Id(number) => Owned::Int(ids[*number]),
        Cell::Given(number) => match &given[*number] {
            Given::Int(value) => Owned::Int(*value),
            Given::Text(value) => Owned::Text(value.clone()),
        },
        Cell::Text(parts) => Owned::Text(written(parts, ids, given)),
    }
}

fn written(parts: &[Part], ids: &[i64], given: &[Given]) -> String {
    let id = |source: &Source| match source {
        Source::Id(number) => ids[*number],
        Source::Given(number) => match given[*number] {
            Given::Int(id) => id,
            Given::Text(_) => 0,
        },
    };
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Fixed(fixed) => text.push_str(fixed),
            Part::Code(source) => text.push_str(&code(id(source))),
            Part::Digits(source) => text.push_str(&id(source).to_string()),
            Part::Given(number) => {
                if let Given::Text(piece) = &given[*number] {
                    text.push_str(piece);
                }
            }
        }
    }
    text
}

/// An identifier as it is written, without what says of which kind it is.
fn code(id: i64) -> String {
    let written = CheckoutId::from_i64(id).to_string();
    written.split_once('_').map_or_else(String::new, |(_, code)| code.to_owned())
}

impl Rows {
    /// Adds a row.
    fn push(&mut self, insert: &'static Insert, row: Vec<Owned>) {
        match self.tables.iter_mut().find(|(known, _)| std::ptr::eq(*known, insert)) {
            Some((_, rows)) => rows.push(row),
            None => self.tables.push((insert, vec![row])),
        }
    }

    /// By table, for the bare loop.
    pub(in crate::bench) fn into_tables(self) -> Vec<(&'static Insert, Vec<Vec<Owned>>)> {
        self.tables
    }

    /// Inserts all of them, table by table.
    pub(in crate::bench) async fn insert(&self, tx: &mut Tx) -> db::Result<()> {
        for (insert, rows) in &self.tables {
            let values: Vec<Vec<_>> =
                rows.iter().map(|row| row.iter().map(|cell| cell.to_value()).collect()).collect();
            tx.insert_many(insert, &values).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_copied_with_the_identifiers_of_its_copy() {
        let (old, new) = (700_000_000_000_000_001, 700_000_000_000_000_099);
        let ids = HashMap::from([(old, 0)]);
        let samples = [Given::Text("7777".to_owned())];
        let finder = Finder { needles: needles(&ids, &samples), ids: &ids, samples: &samples };
        let text = format!("lamp-7777 of ord_{} and {old}.", code(old));
        let Cell::Text(parts) = finder.cell(&Owned::Text(text)) else { panic!("it has parts") };
        let copy = written(&parts, &[new], &[Given::Text("12".to_owned())]);
        assert_eq!(copy, format!("lamp-12 of ord_{} and {new}.", code(new)));
        assert!(matches!(finder.cell(&Owned::Text("plain".to_owned())), Cell::Fixed(_)));
        assert!(matches!(finder.cell(&Owned::Int(old)), Cell::Id(0)));
    }
}
