//! The lightest client there is: it shares the machine with the server that it measures. One connection
//! that is kept, requests that were written beforehand, answers of which no more is read than is needed.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use httparse::{EMPTY_HEADER, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The most headers of an answer.
const HEADERS: usize = 48;

/// The first buffer of a connection: most answers fit in.
const BUFFER: usize = 8 * 1024;

/// Writes a request. `headers` are whole lines with their ends.
pub(super) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = if body.is_empty() && method == "GET" {
        String::new()
    } else {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        format!("{kind}Content-Length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nHost: souk.bench\r\n{headers}{length}\r\n{body}").into_bytes()
}

/// The header of somebody who is logged in.
pub(super) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// A kept connection.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of the buffer that hold something.
    filled: usize,
}

/// An answer, lent until the next request.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

struct Head {
    status: u16,
    length: usize,
    body: usize,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER], filled: 0 })
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.filled = 0;
        self.stream.write_all(request).await?;
        let head = loop {
            self.read().await?;
            if let Some(head) = head(&self.buffer[..self.filled])? {
                break head;
            }
        };
        while self.filled < head.body + head.length {
            self.read().await?;
        }
        Ok(Answer { status: head.status, body: &self.buffer[head.body..head.body + head.length] })
    }

    async fn read(&mut self) -> Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
        if read == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the server hung up"));
        }
        self.filled += read;
        Ok(())
    }
}

/// The head of an answer, once it is all there.
fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let invalid = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
    let Status::Complete(body) = response.parse(bytes).map_err(|error| invalid(&error.to_string()))? else {
        return Ok(None);
    };
    let status = response.code.unwrap_or(0);
    let named = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| str::from_utf8(header.value).ok())
    };
    let length = match named("content-length") {
        Some(length) => length.parse().map_err(|_| invalid("a wrong Content-Length"))?,
        None if matches!(status, 204 | 304) => 0,
        None => return Err(invalid("an answer without a Content-Length")),
    };
    Ok(Some(Head { status, length, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_it_is_whole() {
        let whole = b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhello";
        assert!(head(&whole[..20]).unwrap().is_none());
        let read = head(whole).unwrap().unwrap();
        assert_eq!((read.status, read.length), (201, 5));
        assert_eq!(&whole[read.body..], b"hello");
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
