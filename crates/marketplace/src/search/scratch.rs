//! Memory that searches work in, kept from one to the next: to ask the system for it each time takes longer
//! than to use it.

use parking_lot::Mutex;
use tantivy::DocId;

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
    /// What the word says of each document.
    pub(super) sayings: Sayings,
}

/// What a word says of documents: by the field that tells most, and by all that is said.
#[derive(Default)]
pub(super) struct Sayings {
    told: Vec<f32>,
    said: Vec<f32>,
}

impl Sayings {
    /// Notes what the word says in a field, by its place among [`Fields::texts`](super::index::Fields::texts): the
    /// first has all that is said.
    pub(super) fn raise(&mut self, place: usize, document: DocId, gain: f32) {
        let known = if place == 0 { &mut self.said } else { &mut self.told };
        let known = &mut known[document as usize];
        *known = known.max(gain);
    }

    /// What it says in all; nothing is known of the document then.
    #[expect(clippy::float_arithmetic, reason = "a score is an estimate")]
    pub(super) fn take(&mut self, document: DocId) -> f32 {
        let place = document as usize;
        std::mem::take(&mut self.told[place]) + std::mem::take(&mut self.said[place])
    }
}

impl Scratch {
    /// Has room for so many documents.
    pub(super) fn make_room(&mut self, size: usize) {
        let Sayings { told, said } = &mut self.sayings;
        if said.len() < size {
            self.set.resize(size.div_ceil(64), 0);
            told.resize(size, 0.0);
            said.resize(size, 0.0);
        }
    }
}
