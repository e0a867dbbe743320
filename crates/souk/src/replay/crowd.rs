//! Much work, so many at a time, with a bar that shows rate and time left.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;
use tokio::task::JoinSet;

/// A bar on the terminal.
#[derive(Debug, Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(what: &'static str, total: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
        let template = "{msg:>10} {bar:30} {pos}/{len}  {per_sec}  {elapsed} gone, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }
}

/// Runs `job` on each piece, `concurrency` at a time, and collects the results. The first error ends it.
pub(super) async fn run<W, T, F, R>(
    work: Vec<W>,
    concurrency: usize,
    progress: Progress,
    job: F,
) -> Result<Vec<T>>
where
    W: Send + 'static,
    T: Send + 'static,
    F: Fn(W) -> R + Send + Sync + 'static,
    R: Future<Output = Result<T>> + Send,
{
    let queue = Arc::new(Mutex::new(work.into_iter()));
    let job = Arc::new(job);
    let mut workers = JoinSet::new();
    for _ in 0..concurrency.max(1) {
        let (queue, job, progress) = (queue.clone(), job.clone(), progress.clone());
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let next = queue.lock().next();
                let Some(piece) = next else { return Ok::<_, anyhow::Error>(done) };
                done.push(job(piece).await?);
                progress.0.inc(1);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(finished) = workers.join_next().await {
        all.append(&mut finished??);
    }
    progress.0.finish();
    Ok(all)
}
