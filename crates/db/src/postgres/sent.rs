//! Statements that are on their way: sent and not answered yet, in their order.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Poll, ready},
};

use parking_lot::Mutex;

use crate::{Asked, error::Result};

/// Statements that may be on their way at once: a bound for what a long import keeps.
const MOST: usize = 32;

type Answer = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// What was sent on a connection and is not answered yet.
#[derive(Default)]
pub(super) struct Pipeline(VecDeque<Sent>);

struct Sent {
    answer: Answer,
    checked: Checked,
}

/// Who finds out that a statement did not do what it was to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    /// The server: then a commit behind it becomes a rollback.
    There,
    /// This program, by the answer: it has to be here before a commit is sent.
    Here,
}

impl Pipeline {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a statement on its way. It has to be prepared, so that nothing which comes after can overtake it.
    pub(super) async fn send(
        &mut self,
        answer: impl Future<Output = Result<()>> + Send + 'static,
        checked: Checked,
    ) -> Result<()> {
        if self.0.len() >= MOST {
            self.take().settle().await?;
        }
        let mut answer: Answer = Box::pin(answer);
        match poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await {
            Poll::Ready(answered) => answered,
            Poll::Pending => {
                self.0.push_back(Sent { answer, checked });
                Ok(())
            }
        }
    }

    /// Puts a statement on its way whose answer is wanted later.
    pub(super) async fn ask<T: Send + 'static>(
        &mut self,
        answer: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<Asked<T>> {
        let slot = Arc::new(Mutex::new(None));
        let arrived = Arc::clone(&slot);
        let keep = async move {
            *arrived.lock() = Some(answer.await?);
            Ok(())
        };
        self.send(keep, Checked::Here).await?;
        Ok(Asked::coming(move || slot.lock().take()))
    }

    /// What is on its way, which is then somebody else's to settle.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// That part of it that has to be settled before a commit is sent.
    pub(super) fn take_checked_here(&mut self) -> Self {
        let last = self.0.iter().rposition(|sent| sent.checked == Checked::Here);
        let rest = self.0.split_off(last.map_or(0, |last| last + 1));
        Self(std::mem::replace(&mut self.0, rest))
    }

    /// Waits for something behind them and takes their answers meanwhile: one that nobody takes holds up all
    /// that come after it on the connection. The first failure among them is the answer.
    pub(super) async fn beside<T>(&mut self, behind: impl Future<Output = Result<T>>) -> Result<T> {
        let mut behind = pin!(behind);
        poll_fn(|context| {
            if let Poll::Ready(done) = behind.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            while let Some(first) = self.0.front_mut() {
                let answered = ready!(first.answer.as_mut().poll(context));
                self.0.pop_front();
                answered?;
            }
            Poll::Pending
        })
        .await
    }

    /// Waits for the answer of what was sent first; `false` when nothing is on its way.
    pub(super) async fn settle_first(&mut self) -> Result<bool> {
        let Some(first) = self.0.pop_front() else { return Ok(false) };
        first.answer.await?;
        Ok(true)
    }

    /// Waits for the answers, up to the first failure: the server refuses what comes after it.
    pub(super) async fn settle(self) -> Result<()> {
        for sent in self.0 {
            sent.answer.await?;
        }
        Ok(())
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
