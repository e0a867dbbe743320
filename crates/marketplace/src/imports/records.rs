//! Splits a CSV file into records by RFC 4180, strictly, and goes on after one that is broken.
//!
//! The readers that are to be had take whatever comes: a quote that is never closed swallows the rows
//! after it without a word. Here it is an error of its row, and reading goes on at the next line.

use std::io::Read;

/// After this many broken records the rest of a file is not read: each costs a second look at its lines.
const MAX_BROKEN: usize = 200;

/// The longest cell, in bytes. Of a longer one no more is kept than shows that it is.
pub(super) const MAX_CELL: usize = 256 * 1024;

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// The cells of one record, one text.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The line of the file where it begins; the header is 1.
    pub(super) line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    /// The cells.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }

    /// How many cells it has.
    pub(super) fn width(&self) -> usize {
        self.ends.len()
    }

    /// Adds to the cell that is being read.
    fn push(&mut self, bytes: &[u8]) {
        let length = self.bytes.len() - self.ends.last().copied().unwrap_or_default();
        let room = (MAX_CELL + 1).saturating_sub(length);
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// A record that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    /// The line where it begins.
    pub(super) line: u64,
    /// The place of the cell that is wrong.
    pub(super) cell: Option<usize>,
    /// What is wrong.
    pub(super) why: &'static str,
}

/// Where a record lies in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its first byte.
    pub(super) at: u32,
    /// How many bytes it has.
    pub(super) length: u32,
    line: u32,
}

/// The records of a file, without those that are blank lines. Of the file no more is in memory than the record
/// that is being read.
#[derive(Debug)]
pub(super) struct Records<R> {
    source: R,
    /// The file from some place before the record on, as far as it was read.
    window: Vec<u8>,
    /// Which byte of the file is the window's first.
    base: usize,
    /// The next byte, counted within the window.
    at: usize,
    is_read: bool,
    line: u64,
    delimiter: u8,
    broken: usize,
}

impl<R: Read> Records<R> {
    /// Reads a file whose cells are parted by commas, semicolons or tabs, as its first line shows.
    pub(super) fn of(source: R) -> Self {
        let mut records = Self::parted_by(b',', 1, source);
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        while !records.window.iter().any(is_end) && records.fill() {}
        let first = records.window.split(is_end).next().unwrap_or_default();
        let count = |wanted: u8| first.split(|byte| *byte == wanted).count();
        for other in [b';', b'\t'] {
            if count(other) > count(records.delimiter) {
                records.delimiter = other;
            }
        }
        records
    }

    fn parted_by(delimiter: u8, line: u64, source: R) -> Self {
        Self { source, window: Vec::new(), base: 0, at: 0, is_read: false, line, delimiter, broken: 0 }
    }

    /// What parts the cells.
    pub(super) const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Reads on; `false` at the end of the file. A file that can't be read ends there: whoever has opened it
    /// knows.
    fn fill(&mut self) -> bool {
        if self.is_read {
            return false;
        }
        let before = self.window.len();
        let read = (&mut self.source).take(CHUNK as u64).read_to_end(&mut self.window);
        self.is_read = read.is_err() || self.window.len() == before;
        self.window.len() > before
    }

    /// Forgets what lies behind, when that is most of what is in memory.
    fn forget(&mut self) {
        if self.at >= CHUNK && self.at >= self.window.len() / 2 {
            self.window.drain(..self.at);
            self.base += self.at;
            self.at = 0;
            self.window.shrink_to(4 * CHUNK);
        }
    }

    /// Goes to where the next record begins, when there is one.
    fn begin(&mut self) -> Option<()> {
        while self.pass_line_end() {}
        self.forget();
        self.peek().map(drop)
    }

    /// Reads the record that begins here.
    fn read_next(&mut self) -> Result<Record, Broken> {
        let (start, line) = (self.at, self.line);
        if self.broken >= MAX_BROKEN {
            self.give_up();
            let why = "too many rows are broken: the rest of the file was not read";
            return Err(Broken { line, cell: None, why });
        }
        let mut record = Record { line, ..Record::default() };
        match self.read(&mut record) {
            Ok(()) => Ok(record),
            Err(why) => {
                self.broken += 1;
                self.resume_after(start, line);
                Err(Broken { line, cell: Some(record.ends.len()), why })
            }
        }
    }

    /// Reads the next record and where it lies.
    pub(super) fn next_placed(&mut self) -> Option<(Place, Result<Record, Broken>)> {
        self.begin()?;
        let (start, line) = (self.base + self.at, u32::try_from(self.line).ok()?);
        let record = self.read_next();
        let length = u32::try_from((self.base + self.at).saturating_sub(start)).ok()?;
        Some((Place { at: u32::try_from(start).ok()?, length, line }, record))
    }

    fn peek(&mut self) -> Option<u8> {
        if self.at >= self.window.len() {
            self.fill();
        }
        self.window.get(self.at).copied()
    }

    /// Goes over a line end, when there is one here.
    fn pass_line_end(&mut self) -> bool {
        match self.peek() {
            Some(b'\n') => self.at += 1,
            Some(b'\r') => {
                self.at += 1;
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            _ => return false,
        }
        self.line += 1;
        true
    }

    fn read(&mut self, record: &mut Record) -> Result<(), &'static str> {
        loop {
            if self.peek() == Some(b'"') {
                self.read_quoted(record)?;
            } else {
                self.read_plain(record);
            }
            record.ends.push(record.bytes.len());
            if self.peek() == Some(self.delimiter) {
                self.at += 1;
            } else {
                self.pass_line_end();
                return Ok(());
            }
        }
    }

    fn read_plain(&mut self, record: &mut Record) {
        let delimiter = self.delimiter;
        let ends = |byte: &u8| *byte == delimiter || matches!(byte, b'\n' | b'\r');
        while self.peek().is_some() {
            let rest = &self.window[self.at..];
            let end = rest.iter().position(ends);
            let length = end.unwrap_or(rest.len());
            record.push(&rest[..length]);
            self.at += length;
            if end.is_some() {
                return;
            }
        }
    }

    fn read_quoted(&mut self, record: &mut Record) -> Result<(), &'static str> {
        self.at += 1;
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"') {
                if !self.pass_line_end() {
                    self.at += 1;
                }
            }
            record.push(&self.window[start..self.at]);
            if self.peek().is_none() {
                return Err("a quote is opened and never closed");
            }
            self.at += 1;
            match self.peek() {
                Some(b'"') => {
                    record.push(b"\"");
                    self.at += 1;
                }
                None | Some(b'\n' | b'\r') => return Ok(()),
                Some(byte) if byte == self.delimiter => return Ok(()),
                Some(_) => return Err("a quote is closed in the middle of the cell; write it twice"),
            }
        }
    }

    /// Puts the reader on the line after the one that begins at `start` of the window.
    fn resume_after(&mut self, start: usize, line: u64) {
        (self.at, self.line) = (start, line);
        while self.peek().is_some() && !self.pass_line_end() {
            self.at += 1;
        }
    }

    /// Reads nothing more.
    fn give_up(&mut self) {
        self.is_read = true;
        self.window.clear();
        self.at = 0;
    }
}

/// Reads a record again, from its bytes: one that could be read before.
pub(super) fn read_again(bytes: &[u8], delimiter: u8, place: Place) -> Record {
    let mut records = Records::parted_by(delimiter, u64::from(place.line), bytes);
    records.next().and_then(Result::ok).unwrap_or_default()
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        self.begin()?;
        Some(self.read_next())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = Result<(u64, Vec<String>), Broken>;

    fn read(content: &str) -> Vec<Read> {
        let cells = |record: Record| {
            (record.line, record.cells().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
        };
        Records::of(content.as_bytes()).map(|record| record.map(cells)).collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what is read")]
    fn row(line: u64, cells: &[&str]) -> Read {
        Ok((line, cells.iter().map(|&cell| cell.to_owned()).collect()))
    }

    #[test]
    fn quotes_lines_and_delimiters() {
        let content = "a,\"b \"\"x\"\",\ny\",\r\n\r\n\n\"\",5\" pipe\rlast";
        assert_eq!(
            read(content),
            [row(1, &["a", "b \"x\",\ny", ""]), row(5, &["", "5\" pipe"]), row(6, &["last"])]
        );
        assert_eq!(read("a;b\n1,5;2\n"), [row(1, &["a", "b"]), row(2, &["1,5", "2"])]);
        assert_eq!(read("a\tb"), [row(1, &["a", "b"])]);
        assert!(read("\n\r\n").is_empty());
    }

    /// A quote that is opened and never closed costs its own line, not the file.
    #[test]
    fn broken_records_do_not_swallow_the_next() {
        let closed_later = "h\na,\"open\nb,\"fine, too\",1\nc\n";
        let why = "a quote is closed in the middle of the cell; write it twice";
        let broken = Err(Broken { line: 2, cell: Some(1), why });
        assert_eq!(
            read(closed_later),
            [row(1, &["h"]), broken, row(3, &["b", "fine, too", "1"]), row(4, &["c"])]
        );
        let never = read("h\na,b,\"open\nb\n");
        let why = "a quote is opened and never closed";
        assert_eq!(never[1..], [Err(Broken { line: 2, cell: Some(2), why }), row(3, &["b"])]);
    }

    #[test]
    fn a_file_of_nothing_but_broken_records_ends() {
        let content = "x,\"a\"b\n".repeat(5_000);
        let found = read(&content);
        assert_eq!(found.len(), MAX_BROKEN + 1);
        assert!(found.last().unwrap().as_ref().is_err_and(|broken| broken.cell.is_none()));
    }

    /// Gives a byte at a time, as a slow disk might.
    struct Drops<'c>(&'c [u8]);

    impl std::io::Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let some = into.len().min(1);
            self.0.read(&mut into[..some])
        }
    }

    #[test]
    fn records_lie_where_they_are_said_to() {
        let content = format!("h,i\n\r\n\"a\n{}\",b\r\n\n\"x\"y\nlast,1", "é".repeat(CHUNK));
        let mut records = Records::of(Drops(content.as_bytes()));
        let mut found = Vec::new();
        while let Some((place, record)) = records.next_placed() {
            let Ok(record) = record else { continue };
            let bytes = &content.as_bytes()[place.at as usize..][..place.length as usize];
            let again = read_again(bytes, b',', place);
            assert_eq!((again.line, &again.bytes, &again.ends), (record.line, &record.bytes, &record.ends));
            found.push((record.line, record.width()));
        }
        assert_eq!(found, [(1, 2), (3, 2), (7, 2)]);
    }

    #[test]
    fn no_more_of_a_file_is_in_memory_than_a_record() {
        let content = "some,cells\n".repeat(100_000);
        let mut records = Records::of(content.as_bytes());
        while let Some(record) = records.next() {
            assert_eq!(record.unwrap().width(), 2);
            assert!(records.window.capacity() <= 8 * CHUNK, "{}", records.window.capacity());
        }
        let endless = format!("\"{}", "x".repeat(2 * MAX_CELL));
        let record = Records::of(format!("{endless}\"").as_bytes()).next().unwrap().unwrap();
        assert_eq!(record.bytes.len(), MAX_CELL + 1);
    }

    proptest! {
        /// What a writer of CSV writes is read back, whatever it is.
        #[test]
        fn written_and_read_back(rows in proptest::collection::vec(
            proptest::collection::vec("[a,\"\r\n é;]{0,6}", 3), 1..6))
        {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            writer.write_record(["x,y,z"; 3]).unwrap();
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let content = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let found: Vec<_> = read(&content).into_iter().skip(1).map(|record| record.unwrap().1).collect();
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn nothing_panics_or_loops(content in proptest::collection::vec(
            prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200))
        {
            let records: Vec<_> = Records::of(content.as_slice()).collect();
            prop_assert!(records.len() <= content.len());
        }
    }
}
