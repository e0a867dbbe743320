//! A file as rows whose cells are found by column name.
//!
//! Columns may come in any order, be missing or unknown; names compare without case. A record that
//! can't be read is an error of its line, and the next one is read.

use std::collections::HashMap;

use super::cell;
use super::model::RowError;
use super::records::{Broken, Record, Records, Start};

/// The most columns that a header may have.
const MAX_COLUMNS: usize = 1_000;

/// The longest cell, in bytes.
const MAX_CELL: usize = 256 * 1024;

/// The most rows of a file.
const MAX_ROWS: usize = 250_000;

/// A file that has been looked through: where its rows are. They are read again when they are wanted, so that
/// of the largest file no more is in memory than its bytes.
#[derive(Debug)]
pub(super) struct Table {
    content: Vec<u8>,
    delimiter: u8,
    /// Lower-case name → place and the name as written.
    columns: HashMap<String, (usize, String)>,
    /// The records that could be read.
    rows: Vec<Start>,
    /// Those that could not.
    pub(super) errors: Vec<RowError>,
}

/// One record.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// The line of the file where it begins; the header is 1.
    pub(super) line: u64,
    text: String,
    ends: Vec<u32>,
}

impl Row {
    fn cell(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }
}

impl Table {
    /// Reads a file. `Err` when it has no usable header.
    pub(super) fn read(mut content: Vec<u8>) -> Result<Self, RowError> {
        if content.starts_with(b"\xEF\xBB\xBF") {
            content.drain(..3);
        }
        if content.starts_with(b"\xFF\xFE") || content.starts_with(b"\xFE\xFF") {
            return Err(RowError::new(1, "", "the file is UTF-16; save it as UTF-8"));
        }
        if content.starts_with(b"PK\x03\x04") {
            return Err(RowError::new(1, "", "the file is a workbook or an archive; save it as CSV"));
        }
        let mut records = Records::of(&content);
        let header = match records.next() {
            None => return Err(RowError::new(1, "", "the file is empty")),
            Some(Err(broken)) => return Err(RowError::new(broken.line, "", broken.why)),
            Some(Ok(header)) => header,
        };
        if header.width() > MAX_COLUMNS {
            return Err(RowError::new(1, "", format!("more than {MAX_COLUMNS} columns")));
        }
        let mut table = Self {
            content: Vec::new(),
            delimiter: records.delimiter(),
            columns: HashMap::new(),
            rows: Vec::new(),
            errors: Vec::new(),
        };
        for (place, name) in header.cells().enumerate() {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            table.columns.entry(name.to_lowercase()).or_insert((place, name));
        }
        while let Some(start) = records.start() {
            if table.rows.len() + table.errors.len() >= MAX_ROWS {
                return Err(RowError::new(1, "", format!("more than {MAX_ROWS} rows; split the file")));
            }
            let Some(record) = records.next() else { break };
            table.add(start, record, header.width());
        }
        Ok(Self { content, ..table })
    }

    fn add(&mut self, start: Start, record: Result<Record, Broken>, width: usize) {
        match record {
            Err(Broken { line, cell, why }) => {
                let column = cell.map_or_else(String::new, |place| self.name_of(place));
                self.errors.push(RowError::new(line, column, why));
            }
            Ok(record) if record.width() > width => {
                let why = format!("{} cells, the header has {width}", record.width());
                self.errors.push(RowError::new(record.line, "", why));
            }
            // What spreadsheets leave below their last row.
            Ok(record) if record.cells().all(<[u8]>::is_empty) => {}
            Ok(record) => match row(&record) {
                Ok(_) => self.rows.push(start),
                Err((place, why)) => {
                    self.errors.push(RowError::new(record.line, self.name_of(place), why));
                }
            },
        }
    }

    /// How many rows there are that could be read.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A row by its number. One that there is was found good before.
    pub(super) fn row(&self, number: usize) -> Row {
        let start = self.rows.get(number);
        let record = start.map(|start| Records::read_again(&self.content, self.delimiter, *start));
        record.and_then(|record| row(&record).ok()).unwrap_or_default()
    }

    /// All rows, in the order of the file.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        (0..self.len()).map(|number| self.row(number))
    }

    fn name_of(&self, place: usize) -> String {
        self.columns.values().find(|(at, _)| *at == place).map_or_else(String::new, |(_, name)| name.clone())
    }

    /// Whether the file has a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains_key(&column.to_lowercase())
    }

    /// Finds the column `other`, where the file has it, as `column`.
    pub(super) fn also_call(&mut self, other: &str, column: &str) {
        if let Some(found) = self.columns.get(&other.to_lowercase()).cloned() {
            self.columns.entry(column.to_lowercase()).or_insert(found);
        }
    }

    /// A cell without white space around it and without what guarded it from spreadsheets; `None` when it
    /// is empty or the column is missing.
    pub(super) fn cell<'r>(&self, row: &'r Row, column: &str) -> Option<&'r str> {
        self.raw(row, column).map(cell::unguarded)
    }

    /// A cell as it is written, without white space around it.
    pub(super) fn raw<'r>(&self, row: &'r Row, column: &str) -> Option<&'r str> {
        let (place, _) = self.columns.get(&column.to_lowercase())?;
        row.cell(*place).map(str::trim).filter(|cell| !cell.is_empty())
    }

    /// A mistake in a cell, under the name that the file itself gives the column.
    pub(super) fn mistake(&self, row: &Row, column: &str, detail: impl Into<String>) -> RowError {
        RowError::new(row.line, self.spelled(column), detail)
    }

    /// The column's name as the file spells it.
    pub(super) fn spelled<'t>(&'t self, column: &'t str) -> &'t str {
        self.columns.get(&column.to_lowercase()).map_or(column, |(_, name)| name)
    }
}

/// The record as text, or the place of the cell that is none.
fn row(record: &Record) -> Result<Row, (usize, &'static str)> {
    let (mut text, mut ends) = (String::new(), Vec::with_capacity(record.width()));
    for (place, cell) in record.cells().enumerate() {
        if cell.len() > MAX_CELL {
            return Err((place, "the cell is too long"));
        }
        let cell = str::from_utf8(cell).map_err(|_| (place, "the cell is not UTF-8"))?;
        if cell.contains('\0') {
            return Err((place, "the cell contains a NUL character"));
        }
        text.push_str(cell);
        ends.push(u32::try_from(text.len()).map_err(|_| (place, "the row is too long"))?);
    }
    Ok(Row { line: record.line, text, ends })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_by_the_line_they_begin_on() {
        let table = Table::read(b"\xEF\xBB\xBFHandle,Title\na,\"two\nlines\"\n,\nb,B\n".to_vec()).unwrap();
        assert_eq!(table.rows().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(table.cell(&table.row(0), "title"), Some("two\nlines"));
        assert_eq!(table.cell(&table.row(0), "nothing"), None);
        assert_eq!(table.spelled("HANDLE"), "Handle");
    }

    #[test]
    fn bad_records_do_not_stop_the_others() {
        let table = Table::read(b"Handle,Title\na,A,extra\nb,\xFF\nc,C\0\ne,\"x\"y\nd,D\n".to_vec()).unwrap();
        let errors: Vec<_> = table.errors.iter().map(|error| (error.line, error.column.as_str())).collect();
        assert_eq!(errors, [(2, ""), (3, "Title"), (4, "Title"), (5, "Title")]);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn files_that_are_no_csv_are_refused() {
        let long_file = b"a\n".repeat(MAX_ROWS + 2);
        for bad in [b"\xFF\xFEH\0a\0".as_slice(), b"", b"\r\n\n", b"PK\x03\x04rest", b"\"open", &long_file] {
            assert!(Table::read(bad.to_vec()).is_err());
        }
        let wide = vec![b','; 2_000];
        assert!(Table::read(wide).is_err());
    }

    #[test]
    fn an_endless_cell_is_an_error_of_its_row() {
        let content = format!("Handle,Title\na,{}\nb,B\n", "x".repeat(10 << 20));
        let table = Table::read(content.into_bytes()).unwrap();
        assert_eq!(table.errors, [RowError::new(2, "Title", "the cell is too long")]);
        assert_eq!(table.len(), 1);
    }
}
