//! A real SMTP server that keeps what it gets, and fails on demand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::ReceivedMail;

/// How the server treats its clients from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SmtpBehaviour {
    /// Takes every mail.
    #[default]
    Accept,
    /// Answers each connection with this code instead of a greeting.
    RefuseConnection(u16),
    /// Answers `AUTH` with this code.
    RefuseLogin(u16),
    /// Answers `MAIL FROM` with this code.
    RefuseSender(u16),
    /// Answers `RCPT TO` with this code.
    RefuseRecipient(u16),
    /// Answers the message itself with this code.
    RefuseMessage(u16),
    /// Hangs up on whoever connects.
    HangUp,
    /// Takes the message and hangs up before it says so.
    TakeAndHangUp,
}

#[derive(Default)]
struct State {
    behaviour: SmtpBehaviour,
    connections: usize,
    logins: Vec<String>,
    mails: Vec<(String, Vec<u8>)>,
}

/// A running SMTP server on a port of its own. Unencrypted; takes clients with and without a login.
pub struct SmtpSink {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl SmtpSink {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into()).await
    }

    /// Starts on this port: one on which a server was before, for instance.
    pub async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port to listen on");
        let address = listener.local_addr().expect("the port is known");
        let state = Arc::new(Mutex::new(State::default()));
        let task = tokio::spawn(serve(listener, state.clone()));
        Self { address, state, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to set `smtp_url` to.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Treats clients in another way from now on.
    pub fn behave(&self, behaviour: SmtpBehaviour) {
        self.lock().behaviour = behaviour;
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// What clients logged in with, as they sent it: `AUTH PLAIN` and base 64.
    pub fn logins(&self) -> Vec<String> {
        self.lock().logins.clone()
    }

    /// The bytes of every message, in the order they came.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.lock().mails.iter().map(|(_, bytes)| bytes.clone()).collect()
    }

    /// Every mail, in the order they came.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.lock().mails.iter().map(|(to, bytes)| ReceivedMail::parse(to, bytes)).collect()
    }

    /// Stops listening: clients are refused by the system.
    pub async fn close(self) -> SocketAddr {
        self.task.abort();
        let _ = self.task.await;
        self.address
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the mails")
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    // Dropped with this future, and the connections with it.
    let mut clients = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        if let Ok(mut state) = state.lock() {
            state.connections += 1;
        }
        clients.spawn(converse(stream, state.clone()));
    }
}

/// Speaks with one client until it leaves. An error is a client that is gone.
async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    match behaviour(&state) {
        SmtpBehaviour::HangUp => return Ok(()),
        SmtpBehaviour::RefuseConnection(code) => return answer(&mut writer, code).await,
        _ => answer(&mut writer, 220).await?,
    }
    let mut recipient = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let behaviour = behaviour(&state);
        let command = line.trim_end().to_ascii_uppercase();
        let code = match behaviour {
            SmtpBehaviour::HangUp => return Ok(()),
            SmtpBehaviour::RefuseLogin(code) if command.starts_with("AUTH") => code,
            SmtpBehaviour::RefuseSender(code) if command.starts_with("MAIL FROM") => code,
            SmtpBehaviour::RefuseRecipient(code) if command.starts_with("RCPT TO") => code,
            _ if command.starts_with("EHLO") => {
                writer.write_all(b"250-sink\r\n250-AUTH PLAIN\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n").await?;
                continue;
            }
            _ if command.starts_with("AUTH") => {
                if let Ok(mut state) = state.lock() {
                    state.logins.push(line.trim_end().to_owned());
                }
                235
            }
            _ if command.starts_with("RCPT TO") => {
                recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                250
            }
            _ if command == "DATA" => {
                answer(&mut writer, 354).await?;
                let message = read_message(&mut reader).await?;
                let code = match behaviour {
                    SmtpBehaviour::RefuseMessage(code) => code,
                    _ => 250,
                };
                if code == 250
                    && let Ok(mut state) = state.lock()
                {
                    state.mails.push((recipient.clone(), message));
                }
                if behaviour == SmtpBehaviour::TakeAndHangUp {
                    return Ok(());
                }
                code
            }
            _ if command == "QUIT" => return answer(&mut writer, 221).await,
            _ => 250,
        };
        answer(&mut writer, code).await?;
    }
}

fn behaviour(state: &Mutex<State>) -> SmtpBehaviour {
    state.lock().map(|state| state.behaviour).unwrap_or_default()
}

async fn answer(writer: &mut OwnedWriteHalf, code: u16) -> std::io::Result<()> {
    writer.write_all(format!("{code} <somebody@example.com> as the test wants\r\n").as_bytes()).await
}

/// Reads up to the line with a single dot, and undoes the doubling of dots.
async fn read_message<R: AsyncBufReadExt + Unpin>(reader: &mut R) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
