//! The queue and its workers under a scheduler that does the same every time: one thread and a clock that
//! moves only when everybody waits. Who comes when, who leaves, how long transactions take and how they
//! end is drawn; a story that fails can be told again from its seed.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use super::*;

/// What somebody wishes: the number of the caller, an idempotency key, and a body.
#[derive(Debug, Clone, Copy)]
struct Wish {
    number: usize,
    key: u8,
    body: u8,
    fate: Fate,
}

/// What becomes of a wish, unless its key was kept before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Made,
    Refused,
    /// Its transaction fails, whoever else is in it.
    Breaks,
    /// Its transaction panics.
    Panics,
}

/// Who comes.
#[derive(Debug, Clone)]
struct Caller {
    /// After so many milliseconds.
    at: u64,
    /// And leaves so long after that, answered or not.
    leaves_after: Option<u64>,
    key: u8,
    body: u8,
    fate: Fate,
}

#[derive(Debug, Clone)]
struct Story {
    capacity: usize,
    workers: usize,
    most: usize,
    callers: Vec<Caller>,
    /// How long transactions wait until they begin, and then take, in turns.
    durations: Vec<(u64, u64)>,
    /// Transactions, by their numbers, for which the database is out of reach: before they begin, or after.
    outages: Vec<(usize, bool)>,
}

/// What callers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    made_by: usize,
    body: u8,
}

/// A database in which a transaction is seen as a whole, when it ends.
struct Books {
    story: Story,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    begun: usize,
    kept: HashMap<u8, Answer>,
    /// The callers, as they were taken, once each.
    taken: Vec<usize>,
    largest: usize,
}

/// Somebody else kept one of the keys meanwhile.
struct Overtaken;

impl Books {
    fn turned_away() -> Error {
        db::Error::Busy("the database is out of reach").into()
    }

    async fn make_once(
        &self,
        batch: &Batch<Wish, Answer>,
        part: Part,
    ) -> Result<Result<Vec<Result<Answer>>, Overtaken>> {
        let number = {
            let mut state = self.state.lock();
            state.begun += 1;
            state.begun - 1
        };
        let (wait, take) = self.story.durations[number % self.story.durations.len()];
        let outage = self.story.outages.iter().find(|outage| outage.0 == number).map(|outage| outage.1);
        sleep(Duration::from_millis(wait)).await;
        if outage == Some(true) {
            return Err(Self::turned_away());
        }
        let wishes: Vec<Wish> = batch.wishes(part).into_iter().copied().collect();
        let (before, decided) = self.begin(&wishes);
        sleep(Duration::from_millis(take)).await;
        assert!(wishes.iter().all(|wish| wish.fate != Fate::Panics), "as it was drawn");
        if wishes.iter().any(|wish| wish.fate == Fate::Breaks) {
            return Err(Error::internal("as it was drawn"));
        }
        if outage == Some(false) {
            return Err(Self::turned_away());
        }
        let mut state = self.state.lock();
        let is_new = |wish: &&Wish| decided.contains_key(&wish.key) && !before.contains_key(&wish.key);
        if wishes.iter().filter(is_new).any(|wish| state.kept.contains_key(&wish.key)) {
            return Ok(Err(Overtaken));
        }
        let reply = |wish: &Wish| match decided.get(&wish.key) {
            Some(kept) if kept.body == wish.body => Ok(kept.clone()),
            Some(_) => Err(Error::invalid("/key", "mismatch", "another body")),
            None => Err(Error::invalid("", "refused", "as it was drawn")),
        };
        let replies = wishes.iter().map(reply).collect();
        state.kept = decided.into_iter().chain(state.kept.drain()).collect();
        Ok(Ok(replies))
    }

    /// What is kept at the beginning of a transaction, and what will be at its end.
    fn begin(&self, wishes: &[Wish]) -> (HashMap<u8, Answer>, HashMap<u8, Answer>) {
        let mut state = self.state.lock();
        for wish in wishes {
            if !state.taken.contains(&wish.number) {
                state.taken.push(wish.number);
            }
        }
        state.largest = state.largest.max(wishes.len());
        let before = state.kept.clone();
        let mut after = before.clone();
        for wish in wishes.iter().filter(|wish| wish.fate != Fate::Refused) {
            let answer = Answer { made_by: wish.number, body: wish.body };
            after.entry(wish.key).or_insert(answer);
        }
        (before, after)
    }
}

impl Maker<Wish, Answer> for Arc<Books> {
    async fn make(&self, batch: &Arc<Batch<Wish, Answer>>, part: Part) -> Result<Vec<Result<Answer>>> {
        loop {
            if let Ok(replies) = self.make_once(batch, part).await? {
                return Ok(replies);
            }
        }
    }
}

/// What became of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    TurnedAway,
    Left,
    Told(Result<Answer, &'static str>),
}

type Line = Queue<Wish, Result<Answer>>;

/// Comes, waits as long as they have patience, and says what they were told.
async fn come(queue: Arc<Line>, books: Arc<Books>, number: usize, joined: Arc<Mutex<Vec<usize>>>) -> End {
    let Caller { at, leaves_after, key, body, fate } = books.story.callers[number].clone();
    sleep(Duration::from_millis(at)).await;
    let (before, _) = queue.load();
    let Ok(place) = queue.join(Wish { number, key, body, fate }) else {
        assert_eq!(before, books.story.capacity, "turned away although there was room");
        return End::TurnedAway;
    };
    assert!(before < books.story.capacity, "let in although it was full");
    joined.lock().push(number);
    if let Some(duty) = place.duty {
        tokio::spawn(serve(Arc::clone(&books), books.story.most, duty));
    }
    let patience = Duration::from_millis(leaves_after.unwrap_or(100_000_000));
    let Ok(told) = timeout(patience, place.answer).await else {
        assert!(leaves_after.is_some(), "{number} waits for ever");
        return End::Left;
    };
    End::Told(told.expect("who waits is told").map_err(|error| code(&error)))
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::Invalid(errors) if format!("{errors:?}").contains("mismatch") => "mismatch",
        Error::Invalid(_) => "refused",
        Error::Database(_) => "out of reach",
        _ => "broken",
    }
}

/// Looks at the queue each millisecond: nobody waits without a worker.
async fn watch(queue: Arc<Line>, books: Arc<Books>) {
    loop {
        sleep(Duration::from_millis(1)).await;
        // Whoever was woken at this moment has their turn first.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let (waiting, working) = queue.load();
        assert!(working <= books.story.workers, "more workers than may be");
        assert!(
            waiting == 0 || working > 0,
            "{waiting} wait for {working} of {} workers",
            books.story.workers
        );
    }
}

/// Tells a story, and what became of each caller.
async fn tell(story: Story) {
    let queue = Arc::new(Line::new(story.capacity, story.workers));
    let books = Arc::new(Books { story: story.clone(), state: Mutex::default() });
    let joined = Arc::new(Mutex::new(Vec::new()));
    let watching = tokio::spawn(watch(Arc::clone(&queue), Arc::clone(&books)));
    let callers: Vec<_> = (0..story.callers.len())
        .map(|number| tokio::spawn(come(Arc::clone(&queue), Arc::clone(&books), number, Arc::clone(&joined))))
        .collect();
    let mut ends = Vec::new();
    for caller in callers {
        ends.push(caller.await.expect("a caller does not panic"));
    }
    watching.abort();
    assert!(
        watching.await.expect_err("the watch has no end of its own").is_cancelled(),
        "the watch found something"
    );
    // Whoever serves those that have left comes to the end, too.
    sleep(Duration::from_mins(10)).await;
    assert_eq!(queue.load(), (0, 0), "the end: nobody waits and nobody works");

    let state = books.state.lock();
    assert!(state.largest <= story.most);
    let left = |number: &usize| ends[*number] == End::Left;
    let served: Vec<usize> = state.taken.iter().copied().filter(|number| !left(number)).collect();
    let came = joined.lock().clone().into_iter().filter(|number| !left(number));
    // Who met an outage before a transaction began was told so without being taken by one.
    let came: Vec<usize> = came.filter(|number| state.taken.contains(number)).collect();
    assert_eq!(served, came, "each was taken once, in the order in which they came");
    for (caller, end) in story.callers.iter().zip(&ends) {
        check(caller, end, &state.kept);
    }
}

/// What somebody was told is what happened.
fn check(caller: &Caller, end: &End, kept: &HashMap<u8, Answer>) {
    let kept = kept.get(&caller.key);
    match end {
        End::Told(Ok(answer)) => {
            assert_eq!((Some(answer), answer.body), (kept, caller.body), "one effect for each key");
        }
        End::Told(Err("mismatch")) => assert!(kept.is_some_and(|kept| kept.body != caller.body)),
        End::Told(Err("refused")) => assert_eq!(caller.fate, Fate::Refused),
        End::Told(Err("broken")) => assert!(matches!(caller.fate, Fate::Breaks | Fate::Panics)),
        End::Told(Err(_)) | End::Left | End::TurnedAway => {}
    }
}

fn callers() -> impl Strategy<Value = Vec<Caller>> {
    let fate = prop_oneof![
        12 => Just(Fate::Made), 2 => Just(Fate::Refused), 1 => Just(Fate::Breaks), 1 => Just(Fate::Panics)
    ];
    let caller =
        (0_u64..40, prop::option::weighted(0.2, 0_u64..20), 0_u8..12, prop::bool::weighted(0.2), fate);
    let caller = caller.prop_map(|(at, leaves_after, key, body, fate)| Caller {
        at,
        leaves_after,
        key,
        body: u8::from(body),
        fate,
    });
    vec(caller, 1..30)
}

prop_compose! {
    fn stories()(
        capacity in 1_usize..8,
        workers in 1_usize..4,
        most in 1_usize..5,
        callers in callers(),
        durations in vec((0_u64..4, 0_u64..12), 1..6),
        outages in vec((0_usize..12, any::<bool>()), 0..3),
    ) -> Story {
        Story { capacity, workers, most, callers, durations, outages }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens: each that is let in is answered once, in order and to one effect for each key; no
    /// more wait than may, nobody while a worker is free, and in the end all were served.
    #[test]
    fn everybody_is_served_once(story in stories()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(tell(story));
    }
}
