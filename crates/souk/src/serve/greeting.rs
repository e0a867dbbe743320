//! What `souk serve` prints when it is ready.

use std::path::Path;

use crate::config::{Config, without_secrets};
use crate::demo;
use crate::output;

/// Says where everything is. The address is the first thing, for people and for scripts.
pub(super) fn print(config: &Config, url: &str, data_dir: &Path) {
    output::line(format_args!("Souk {} answers at {url}", env!("CARGO_PKG_VERSION")));
    output::line(format_args!("  API        {url}/docs"));
    output::line(format_args!("  data       {}", data_dir.display()));
    output::line(format_args!("  database   {}", database(config)));
    output::line(format_args!("  mails      {}", mails(config, url)));
    if !config.throttle.0 {
        output::line(
            "  WARNING    THE THROTTLE IS OFF: passwords can be tried without limit. For tests only.",
        );
        tracing::warn!(
            "the throttle is off: anybody can try passwords without limit; for tests and benchmarks only"
        );
    }
}

/// How to log in to the demo.
pub(super) fn print_demo() {
    for (role, email, password) in demo::accounts() {
        output::line(format_args!("  {:<10} {email}  password {password}", format!("demo {role}")));
    }
}

fn database(config: &Config) -> String {
    match config.sqlite_file() {
        Some(file) => file.canonicalize().unwrap_or(file).display().to_string(),
        None => without_secrets(&config.database_url()),
    }
}

fn mails(config: &Config, url: &str) -> String {
    match &config.smtp_url {
        Some(smtp) => format!("sent through {}", without_secrets(&smtp.0)),
        None => format!("kept to be read at {url}/dev/mailbox (no mail server is configured)"),
    }
}
