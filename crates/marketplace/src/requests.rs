//! What our requests to other servers have in common: who asks, how long it may take, how much is read.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Response};

/// The longest that a request may take.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The longest that a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// A client, made when it is first needed: reading the system's certificates takes its time. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LazyClient(Arc<OnceLock<Client>>);

impl LazyClient {
    /// The client, finished by `finish` the first time it is needed.
    pub(crate) fn get(
        &self,
        finish: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> reqwest::Result<&Client> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let builder = Client::builder()
            .user_agent(concat!("Souk/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(TIME_LIMIT);
        let made = finish(builder).build()?;
        Ok(self.0.get_or_init(|| made))
    }
}

/// Why an answer was not read to its end.
pub(crate) enum Unread {
    /// It is longer than it may be.
    TooLong,
    /// The connection broke, or it took too long.
    Broken(reqwest::Error),
}

/// All of an answer that has at most so many bytes.
pub(crate) async fn read(mut answer: Response, most: usize) -> Result<Vec<u8>, Unread> {
    let announced = answer.content_length().map(usize::try_from);
    if announced.is_some_and(|length| length.is_ok_and(|length| length > most)) {
        return Err(Unread::TooLong);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(Unread::Broken)? {
        if bytes.len() + chunk.len() > most {
            return Err(Unread::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
