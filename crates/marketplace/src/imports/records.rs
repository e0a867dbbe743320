//! Splits a CSV file into records by RFC 4180, strictly, and goes on after one that is broken.
//!
//! The readers that are to be had take whatever comes: a quote that is never closed swallows the rows
//! after it without a word. Here it is an error of its row, and reading goes on at the next line.

/// After this many broken records the rest of a file is not read: each costs a second look at its lines.
const MAX_BROKEN: usize = 200;

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

/// Where a record begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    at: u32,
    line: u32,
}

/// The records of a file, without those that are blank lines.
#[derive(Debug)]
pub(super) struct Records<'a> {
    content: &'a [u8],
    at: usize,
    line: u64,
    delimiter: u8,
    broken: usize,
}

impl<'a> Records<'a> {
    /// Reads a file whose cells are parted by commas, semicolons or tabs, as its first line shows.
    pub(super) fn of(content: &'a [u8]) -> Self {
        let first = content.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let count = |wanted: u8| first.split(|byte| *byte == wanted).count();
        let mut delimiter = b',';
        for other in [b';', b'\t'] {
            if count(other) > count(delimiter) {
                delimiter = other;
            }
        }
        Self { content, at: 0, line: 1, delimiter, broken: 0 }
    }

    /// Where the next record begins, when there is one.
    pub(super) fn start(&mut self) -> Option<Start> {
        while self.pass_line_end() {}
        self.peek()?;
        Some(Start { at: u32::try_from(self.at).ok()?, line: u32::try_from(self.line).ok()? })
    }

    /// Reads the record that begins there again: one that could be read before.
    pub(super) fn read_again(content: &[u8], delimiter: u8, start: Start) -> Record {
        let (at, line) = (start.at as usize, u64::from(start.line));
        let mut records = Records { content, at, line, delimiter, broken: 0 };
        records.next().and_then(Result::ok).unwrap_or_default()
    }

    /// What parts the cells.
    pub(super) const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    fn peek(&self) -> Option<u8> {
        self.content.get(self.at).copied()
    }

    /// Goes over a line end, when there is one here.
    fn pass_line_end(&mut self) -> bool {
        let length = match self.content.get(self.at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return false,
        };
        self.at += length;
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
        let rest = &self.content[self.at..];
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\n' | b'\r');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        record.bytes.extend_from_slice(&rest[..length]);
        self.at += length;
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
            record.bytes.extend_from_slice(&self.content[start..self.at]);
            if self.peek().is_none() {
                return Err("a quote is opened and never closed");
            }
            self.at += 1;
            match self.peek() {
                Some(b'"') => {
                    record.bytes.push(b'"');
                    self.at += 1;
                }
                None | Some(b'\n' | b'\r') => return Ok(()),
                Some(byte) if byte == self.delimiter => return Ok(()),
                Some(_) => return Err("a quote is closed in the middle of the cell; write it twice"),
            }
        }
    }

    /// Puts the reader on the line after the one that begins at `start`.
    fn resume_after(&mut self, start: usize, line: u64) {
        (self.at, self.line) = (start, line);
        while self.peek().is_some() && !self.pass_line_end() {
            self.at += 1;
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.pass_line_end() {}
        let (start, line) = (self.at, self.line);
        self.peek()?;
        if self.broken >= MAX_BROKEN {
            self.at = self.content.len();
            let why = "too many rows are broken: the rest of the file was not read";
            return Some(Err(Broken { line, cell: None, why }));
        }
        let mut record = Record { line, ..Record::default() };
        match self.read(&mut record) {
            Ok(()) => Some(Ok(record)),
            Err(why) => {
                self.broken += 1;
                self.resume_after(start, line);
                Some(Err(Broken { line, cell: Some(record.ends.len()), why }))
            }
        }
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
            let records: Vec<_> = Records::of(&content).collect();
            prop_assert!(records.len() <= content.len());
        }
    }
}
