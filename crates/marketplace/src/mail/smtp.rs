//! Handing mails to an SMTP server.
//!
//! The dialogue is spoken here and not by lettre's own transport, because that does not tell at which
//! step a server said no: a refused recipient is for good, a refused login or sender is a
//! misconfiguration that an operator mends while the mails wait.

use std::fmt;
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use parking_lot::Mutex;
use tokio::time::timeout;

use super::smtp_url::{Encryption, Server};
use crate::jobs::Failure;
use crate::{Error, Result};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the whole delivery of a mail may take.
const DELIVER: Duration = Duration::from_secs(45);

/// How long a connection is kept for the next mail.
const IDLE: Duration = Duration::from_secs(30);

/// Connections that are kept.
const KEPT: usize = 8;

/// A server, and connections to it that wait for the next mail.
pub(super) struct Smtp {
    server: Server,
    tls: Option<TlsParameters>,
    hello: ClientId,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Smtp").field(&self.server).finish()
    }
}

impl Smtp {
    /// Connects only when there is a mail; `domain` is what the server is greeted with.
    pub(super) fn new(server: Server, domain: &str) -> Result<Self> {
        let tls = match server.encryption {
            Encryption::None => None,
            Encryption::Opportunistic | Encryption::Required | Encryption::Implicit => {
                let parameters = TlsParameters::new(server.host.clone());
                Some(
                    parameters
                        .map_err(|error| Error::failed("TLS to the SMTP server cannot be set up", error))?,
                )
            }
        };
        Ok(Self { server, tls, hello: ClientId::Domain(domain.to_owned()), idle: Mutex::default() })
    }

    /// Hands a message over: `Ok` means that the server has taken it.
    pub(super) async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        let deliver = async {
            let mut connection = self.connection().await.map_err(|error| failed("connecting", &error))?;
            let outcome = hand_over(&mut connection, message).await;
            match outcome {
                Ok(()) => self.put_back(connection),
                Err(_) => connection.abort().await,
            }
            outcome
        };
        match timeout(DELIVER, deliver).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(Failure::retry("the SMTP server takes too long")),
        }
    }

    /// A connection that was kept and still lives, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        while let Some(mut connection) = self.take_kept() {
            if connection.test_connected().await {
                return Ok(connection);
            }
        }
        let server = (self.server.host.as_str(), self.server.port);
        let implicit = self.tls.clone().filter(|_| self.server.encryption == Encryption::Implicit);
        let connect = AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &self.hello, implicit, None);
        let mut connection = connect.await?;
        let start_tls = match self.server.encryption {
            Encryption::None | Encryption::Implicit => false,
            Encryption::Opportunistic => connection.can_starttls(),
            // A server that does not offer it is an error of `starttls`: nothing is sent in the clear.
            Encryption::Required => true,
        };
        if let Some(tls) = self.tls.clone().filter(|_| start_tls) {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(credentials) = &self.server.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn take_kept(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock();
        while let Some((since, connection)) = idle.pop() {
            if since.elapsed() < IDLE {
                return Some(connection);
            }
        }
        None
    }

    fn put_back(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push((Instant::now(), connection));
        }
    }
}

async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Failure> {
    let (envelope, bytes) = (message.envelope(), message.formatted());
    let mut parameters = Vec::new();
    let in_ascii =
        envelope.to().iter().chain(envelope.from()).all(|address| AsRef::<str>::as_ref(address).is_ascii());
    if !in_ascii {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::fail("the SMTP server takes no addresses beyond ASCII"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = Mail::new(envelope.from().cloned(), parameters);
    connection.command(from).await.map_err(|error| failed("naming the sender", &error))?;
    for to in envelope.to() {
        let to = Rcpt::new(to.clone(), Vec::new());
        connection.command(to).await.map_err(|error| refused("the recipient", &error))?;
    }
    connection.command(Data).await.map_err(|error| failed("beginning the message", &error))?;
    connection.message(&bytes).await.map_err(|error| refused("the message", &error))?;
    Ok(())
}

/// A step whose failure says nothing about this mail.
fn failed(step: &str, error: &SmtpError) -> Failure {
    Failure::retry(format!("{step} at the SMTP server failed: {}", described(error)))
}

/// A step at which a server speaks about this mail. For good is what RFC 5321 (4.2.2, 4.2.3) means so: 550
/// to 559, and 501 for an address it cannot read. Other codes, such as 503 or 530, are about the dialogue.
fn refused(what: &str, error: &SmtpError) -> Failure {
    let code = error.status().map(u16::from);
    if code.is_some_and(|code| code == 501 || (550..560).contains(&code)) {
        return Failure::fail(format!("the SMTP server refused {what}: {}", described(error)));
    }
    failed(what, error)
}

/// The error without the addresses that servers like to repeat.
fn described(error: &SmtpError) -> String {
    let text = error.to_string();
    let words = text.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    let text: String = words.collect::<Vec<_>>().join(" ").replace('\0', "");
    text.chars().take(300).collect()
}
