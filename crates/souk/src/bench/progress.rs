//! How far it is.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on the terminal; where there is none, nothing.
#[derive(Debug, Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for so many pieces of `what`.
    pub(super) fn new(what: &'static str, total: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
        let template = "{msg:>10} {bar:30} {pos}/{len}  {per_sec}  {elapsed} gone, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(500));
        Self(bar)
    }

    /// So many more are done.
    pub(super) fn add(&self, done: usize) {
        self.0.inc(u64::try_from(done).unwrap_or(u64::MAX));
    }

    /// All are done.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
