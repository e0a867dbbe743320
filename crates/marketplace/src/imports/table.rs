//! A file as rows whose cells are found by column name.
//!
//! Columns may come in any order, be missing or unknown; names compare without case. A record that
//! can't be read is an error of its line, and the next one is read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use super::cell;
use super::model::RowError;
use super::records::{Broken, MAX_CELL, Place, Record, Records, read_again};

/// The most columns that a header may have.
const MAX_COLUMNS: usize = 1_000;

/// The most rows of a file.
const MAX_ROWS: usize = 250_000;

/// The bytes of a file, from any place on. Whoever makes one keeps what went wrong with it: here a file that can't
/// be read further ends.
pub(super) trait Content: Read + Seek + Send {}

impl<C: Read + Seek + Send> Content for C {}

/// A file that has been looked through: where its rows are. They are read again when they are wanted, so that
/// of the largest file no more is in memory than where its rows lie.
pub(super) struct Table {
    content: RefCell<Box<dyn Content>>,
    /// How many bytes stand before the first that counts.
    mark: u64,
    delimiter: u8,
    /// Lower-case name → place and the name as written.
    columns: HashMap<String, (usize, String)>,
    /// The records that could be read.
    rows: Vec<Place>,
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
    pub(super) fn read(mut content: Box<dyn Content>) -> Result<Self, RowError> {
        let mark = mark(&mut content)?;
        let mut records = Records::of(&mut content);
        let header = match records.next() {
            None => return Err(RowError::new(1, "", "the file is empty")),
            Some(Err(broken)) => return Err(RowError::new(broken.line, "", broken.why)),
            Some(Ok(header)) => header,
        };
        if header.width() > MAX_COLUMNS {
            return Err(RowError::new(1, "", format!("more than {MAX_COLUMNS} columns")));
        }
        let (mut columns, delimiter) = (HashMap::new(), records.delimiter());
        for (place, name) in header.cells().enumerate() {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            columns.entry(name.to_lowercase()).or_insert((place, name));
        }
        let mut found = Found { columns: &columns, rows: Vec::new(), errors: Vec::new() };
        while let Some((place, record)) = records.next_placed() {
            if found.rows.len() + found.errors.len() >= MAX_ROWS {
                return Err(RowError::new(1, "", format!("more than {MAX_ROWS} rows; split the file")));
            }
            found.add(place, record, header.width());
        }
        let Found { rows, errors, .. } = found;
        Ok(Self { content: RefCell::new(content), mark, delimiter, columns, rows, errors })
    }

    /// How many rows there are that could be read.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A row by its number. One that there is was found good before.
    pub(super) fn row(&self, number: usize) -> Row {
        let record = self.rows.get(number).and_then(|place| {
            let bytes = self.bytes(*place).ok()?;
            row(&read_again(&bytes, self.delimiter, *place)).ok()
        });
        record.unwrap_or_default()
    }

    fn bytes(&self, place: Place) -> std::io::Result<Vec<u8>> {
        let mut content = self.content.borrow_mut();
        let mut bytes = vec![0; place.length as usize];
        content.seek(SeekFrom::Start(self.mark + u64::from(place.at)))?;
        content.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// All rows, in the order of the file.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        (0..self.len()).map(|number| self.row(number))
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

/// Goes over a byte order mark and answers its length; `Err` when the file is no text in UTF-8.
fn mark(content: &mut dyn Content) -> Result<u64, RowError> {
    let mut start = Vec::new();
    let unreadable = |error: std::io::Error| RowError::new(1, "", error.to_string());
    Read::take(&mut *content, 4).read_to_end(&mut start).map_err(unreadable)?;
    if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
        return Err(RowError::new(1, "", "the file is UTF-16; save it as UTF-8"));
    }
    if start.starts_with(b"PK\x03\x04") {
        return Err(RowError::new(1, "", "the file is a workbook or an archive; save it as CSV"));
    }
    let mark = if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    content.seek(SeekFrom::Start(mark)).map_err(unreadable)
}

/// What was found of a file so far.
struct Found<'c> {
    columns: &'c HashMap<String, (usize, String)>,
    rows: Vec<Place>,
    errors: Vec<RowError>,
}

impl Found<'_> {
    fn add(&mut self, place: Place, record: Result<Record, Broken>, width: usize) {
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
                Ok(_) => self.rows.push(place),
                Err((cell, why)) => self.errors.push(RowError::new(record.line, self.name_of(cell), why)),
            },
        }
    }

    fn name_of(&self, place: usize) -> String {
        self.columns.values().find(|(at, _)| *at == place).map_or_else(String::new, |(_, name)| name.clone())
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
    use std::io::Cursor;

    use super::*;

    fn read(content: impl Into<Vec<u8>>) -> Result<Table, RowError> {
        Table::read(Box::new(Cursor::new(content.into())))
    }

    #[test]
    fn records_are_counted_by_the_line_they_begin_on() {
        let table = read(*b"\xEF\xBB\xBFHandle,Title\na,\"two\nlines\"\n,\nb,B\n").unwrap();
        assert_eq!(table.rows().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(table.cell(&table.row(0), "title"), Some("two\nlines"));
        assert_eq!(table.cell(&table.row(0), "nothing"), None);
        assert_eq!(table.spelled("HANDLE"), "Handle");
    }

    #[test]
    fn bad_records_do_not_stop_the_others() {
        let table = read(*b"Handle,Title\na,A,extra\nb,\xFF\nc,C\0\ne,\"x\"y\nd,D\n").unwrap();
        let errors: Vec<_> = table.errors.iter().map(|error| (error.line, error.column.as_str())).collect();
        assert_eq!(errors, [(2, ""), (3, "Title"), (4, "Title"), (5, "Title")]);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn files_that_are_no_csv_are_refused() {
        let long_file = b"a\n".repeat(MAX_ROWS + 2);
        for bad in [b"\xFF\xFEH\0a\0".as_slice(), b"", b"\r\n\n", b"PK\x03\x04rest", b"\"open", &long_file] {
            assert!(read(bad).is_err());
        }
        let wide = vec![b','; 2_000];
        assert!(read(wide).is_err());
    }

    #[test]
    fn an_endless_cell_is_an_error_of_its_row() {
        let content = format!("Handle,Title\na,{}\nb,B\n", "x".repeat(10 << 20));
        let table = read(content).unwrap();
        assert_eq!(table.errors, [RowError::new(2, "Title", "the cell is too long")]);
        assert_eq!(table.len(), 1);
    }
}
