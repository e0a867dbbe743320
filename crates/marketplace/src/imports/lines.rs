//! Files of one thing a line, which may be compressed.

use std::io::{BufRead, BufReader, Read as _};

use flate2::read::GzDecoder;

use super::model::RowError;

/// The longest line, in bytes.
const MAX_LINE: usize = 256 * 1024;

/// The content of a file that may be compressed.
pub(super) fn unpacked<'c>(
    content: impl BufRead + Send + 'c,
) -> std::io::Result<Box<dyn BufRead + Send + 'c>> {
    let mut content = content;
    let is_packed = content.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_packed { Box::new(BufReader::new(GzDecoder::new(content))) } else { Box::new(content) })
}

/// The lines of a file that are not empty, with their numbers.
pub(super) struct Lines<R> {
    content: R,
    line: u64,
    /// How many bytes were read.
    pub(super) bytes: u64,
    is_broken: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from the first.
    pub(super) fn of(content: R) -> Self {
        Self { content, line: 0, bytes: 0, is_broken: false }
    }

    /// Goes behind the end of the line.
    fn skip_line(&mut self) {
        loop {
            let buffered = self.content.fill_buf().unwrap_or_default();
            if buffered.is_empty() {
                return;
            }
            let end = buffered.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(buffered.len(), |end| end + 1);
            self.content.consume(length);
            self.bytes += u64::try_from(length).unwrap_or(u64::MAX);
            if end.is_some() {
                return;
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(u64, Vec<u8>), RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        loop {
            line.clear();
            self.line += 1;
            let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
            match (&mut self.content).take(limit).read_until(b'\n', &mut line) {
                // What can't be unpacked has no further lines.
                Err(_) if std::mem::replace(&mut self.is_broken, true) => return None,
                Err(_) => {
                    return Some(Err(RowError::new(self.line, "", "the file can't be read any further")));
                }
                Ok(0) => return None,
                Ok(read) => self.bytes += u64::try_from(read).unwrap_or(u64::MAX),
            }
            if line.len() >= MAX_LINE && !line.ends_with(b"\n") {
                self.skip_line();
                return Some(Err(RowError::new(self.line, "", "the line is too long")));
            }
            if !line.trim_ascii().is_empty() {
                return Some(Ok((self.line, line)));
            }
        }
    }
}
