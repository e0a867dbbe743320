//! What commands print.

use std::fmt::Display;
use std::io::Write;

/// Prints a line to the standard output. Nobody may be reading it any more, which is no reason to fail.
pub(crate) fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints the one line that says why the program stops.
pub(crate) fn failure(error: &anyhow::Error) {
    let text = format!("{error:#}").lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let _ = writeln!(std::io::stderr().lock(), "souk: {text}");
}
