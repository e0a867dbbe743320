//! The log: structured events on the standard error output, as text or as JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, LogFormat};

/// Starts the log. Panics become events of it.
pub(crate) fn start(config: &Config) {
    let filter = EnvFilter::new(&config.log.0);
    let registry = tracing_subscriber::registry().with(filter);
    let events = fmt::layer().with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => registry.with(events.with_ansi(std::io::stderr().is_terminal())).init(),
        LogFormat::Json => registry.with(events.json().flatten_event(true)).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, "a panic: {message}");
    }));
}
