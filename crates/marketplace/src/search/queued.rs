//! Documents on their way into the index. The index's own queue takes ten thousand of any size, which is
//! hundreds of megabytes of long descriptions: here each waits for a place first.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tantivy::TantivyDocument;
use tantivy::schema::Document;

use crate::{Error, Result};

/// Documents that are on their way at a time.
const PLACES: usize = 400;

/// No document takes that long: whoever waits longer would wait for ever.
const PATIENCE: Duration = Duration::from_mins(5);

/// The places of the queue.
#[derive(Default)]
pub(super) struct Queue {
    taken: Arc<Taken>,
}

#[derive(Default)]
struct Taken {
    count: Mutex<usize>,
    left: Condvar,
}

/// A document in the queue: it leaves its place when it is indexed, or dropped.
pub(super) struct Queued {
    document: TantivyDocument,
    _place: Place,
}

struct Place(Arc<Taken>);

impl Queue {
    /// Waits for a place.
    pub(super) fn enter(&self, document: TantivyDocument) -> Result<Queued> {
        let mut count = self.taken.count.lock();
        let is_full = |count: &mut usize| *count >= PLACES;
        if self.taken.left.wait_while_for(&mut count, is_full, PATIENCE).timed_out() {
            return Err(Error::internal("the search index takes no documents"));
        }
        *count += 1;
        Ok(Queued { document, _place: Place(Arc::clone(&self.taken)) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.count.lock() -= 1;
        self.0.left.notify_one();
    }
}

impl Document for Queued {
    type Value<'a> = <TantivyDocument as Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.document.iter_fields_and_values()
    }

    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn who_comes_to_a_full_queue_waits_until_one_leaves() {
        let queue = Queue::default();
        let mut waiting: Vec<Queued> =
            (0..PLACES).map(|_| queue.enter(TantivyDocument::new()).unwrap()).collect();
        thread::scope(|scope| {
            let one_more = scope.spawn(|| queue.enter(TantivyDocument::new()).is_ok());
            let first = waiting.pop().unwrap();
            assert_eq!(first.into_tantivy_document().len(), 0);
            assert!(one_more.join().unwrap());
        });
        assert_eq!(*queue.taken.count.lock(), PLACES - 1);
    }
}
