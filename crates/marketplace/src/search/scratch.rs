//! Memory that searches work in, kept from one to the next: to ask the system for it each time takes longer
//! than to use it.

use parking_lot::Mutex;

/// As many as search at a time.
const KEPT: usize = super::node::SLOTS;

/// What is kept for the searches that come.
pub(super) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Default> Pool<T> {
    /// Something that was given back, or a new one.
    pub(super) fn take(&self) -> T {
        self.0.lock().pop().unwrap_or_default()
    }

    /// To be given back only in the state in which it was taken.
    pub(super) fn give_back(&self, one: T) {
        let mut kept = self.0.lock();
        if kept.len() < KEPT {
            kept.push(one);
        }
    }
}

/// What is known of the documents of a segment while a word is weighed. Between two searches all is zero.
#[derive(Default)]
pub(super) struct Scratch {
    /// A bit for each document that has the word.
    pub(super) set: Vec<u64>,
    /// What the word says by the field that tells most, and by all that is said.
    pub(super) told: Vec<f32>,
    pub(super) said: Vec<f32>,
}

impl Scratch {
    /// Has room for so many documents.
    pub(super) fn make_room(&mut self, size: usize) {
        if self.said.len() < size {
            self.set.resize(size.div_ceil(64), 0);
            self.told.resize(size, 0.0);
            self.said.resize(size, 0.0);
        }
    }
}
