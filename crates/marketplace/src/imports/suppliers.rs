//! A catalogue of many suppliers, each of which becomes a shop: read a line at a time, however long it is.
//!
//! Lines are read and parsed on one thread while the batch before is written by another. Each batch is noted
//! with what it wrote, so that an import of the same file which broke off goes on behind it.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::sync::Arc;

use db::Tx;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use types::{Slug, StockLevel};

use super::icecat::{self, Sheet, Sheets};
use super::lines::unpacked;
use super::model::{Draft, MAX_ERRORS, RowError};
use super::parsing::Seen;
use super::resuming::{Digested, Run, advance, begin, fingerprint, is_under_way};
use super::statistics;
use super::store;
use super::writing::{self, For, Reading, Written, came_in_between, refusal};
use crate::accounts::{self, NewUser, PasswordHash};
use crate::catalog::categories::{self, NewCategory, Tree};
use crate::vendors::{self, Application, Membership};
use crate::{Error, Market, Result};

/// Products that are written together.
const BATCH: usize = 400;

/// Batches that are parsed ahead.
const AHEAD: usize = 2;

/// Products that make a kind of thing a category.
const MIN_KIND: usize = 10;

/// How often a product is written again when another transaction came in between.
const TRIES: usize = 4;

/// Who is in a catalogue, and what for things.
#[derive(Debug, Default)]
pub struct Survey {
    /// Lines of products.
    pub products: u64,
    suppliers: BTreeMap<String, usize>,
    kinds: BTreeMap<String, usize>,
    /// SHA-256 of its lines.
    pub(super) digest: [u8; 32],
}

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Products that were dealt with.
    pub done: i64,
    /// Of those, made.
    pub created: i64,
    /// Brought up to date, or as they were.
    pub updated: i64,
    /// What was wrong with lines.
    pub errors: i64,
}

/// How a catalogue is imported.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The stock of new products.
    pub default_stock: StockLevel,
    /// How many times each product is there, under numbers and titles that differ: 1 for the catalogue itself.
    pub copies: usize,
    /// Whether the images are fetched.
    pub with_images: bool,
    /// The one shop that gets all products, instead of one for each supplier.
    pub shop: Option<Membership>,
}

/// Reads a catalogue, which may be compressed, once through.
pub fn survey(content: impl BufRead + Send) -> std::io::Result<Survey> {
    let mut survey = Survey::default();
    let mut content = Digested::new(unpacked(content)?);
    for sheet in Sheets::of(&mut content).flatten() {
        survey.products += 1;
        if let Ok(supplier) = sheet.supplier() {
            *survey.suppliers.entry(supplier.to_owned()).or_default() += 1;
        }
        if let Some(kind) = sheet.kind() {
            *survey.kinds.entry(kind).or_default() += 1;
        }
    }
    survey.digest = content.digest();
    Ok(survey)
}

/// Imports a catalogue that was surveyed: its shops and categories first, then its products, telling of each
/// batch. One that broke off within the last week goes on behind what it had written, and tells that first.
/// Answers the first errors, by their lines; those of the part before it broke off are only counted.
pub async fn import_suppliers(
    market: &Market,
    survey: &Survey,
    content: impl BufRead + Send + 'static,
    manner: Manner,
    mut tell: impl FnMut(Progress),
) -> Result<(Progress, Vec<RowError>)> {
    let tree = Arc::new(make_categories(market, survey).await?);
    let shops = open_shops(market, survey, &manner, &tree).await?;
    let (send, mut batches) = mpsc::channel(AHEAD);
    let mut run = begin(market, fingerprint(survey, &manner)).await?;
    let done = run.place;
    let reader = spawn_blocking(move || read(content, &manner, done, &send));
    let (mut progress, mut errors) = (run.progress, Vec::new());
    tell(progress);
    while let Some(batch) = batches.recv().await {
        let written = write(market, &shops, &mut run, batch).await?;
        progress = run.progress;
        let room = usize::try_from(MAX_ERRORS).unwrap_or_default().saturating_sub(errors.len());
        errors.extend(written.errors.into_iter().take(room));
        tell(progress);
    }
    let ended = reader.await.map_err(|error| Error::failed("a catalogue could not be read", error))?;
    ended.map_err(|error| Error::failed("a catalogue could not be read", error))?;
    market.db.write(async move |tx: &mut Tx| store::end_run(tx, run.fingerprint).await).await?;
    statistics::keep_up(market, progress.done).await;
    Ok((progress, errors))
}

/// Products of several suppliers, and lines that are none.
#[derive(Debug, Default)]
struct Batch {
    drafts: Vec<(String, Draft)>,
    errors: Vec<RowError>,
    /// How many of both there were in the file; copies count each.
    items: i64,
}

impl Batch {
    fn add(&mut self, item: Result<(String, Draft), RowError>) {
        self.items += 1;
        match item {
            Ok(draft) => self.drafts.push(draft),
            Err(error) => self.errors.push(error),
        }
    }
}

/// Reads lines and sends those behind the first `done` on in batches, until there are no more or nobody
/// takes them.
fn read(
    content: impl BufRead + Send,
    manner: &Manner,
    done: i64,
    send: &mpsc::Sender<Batch>,
) -> std::io::Result<()> {
    let mut batch = Batch::default();
    let mut left = done;
    let mut is_done = || {
        left -= 1;
        left >= 0
    };
    for sheet in Sheets::of(unpacked(content)?) {
        let sheet = match sheet {
            Ok(sheet) => sheet,
            Err(_) if is_done() => continue,
            Err(error) => {
                batch.add(Err(error));
                continue;
            }
        };
        for number in 0..manner.copies {
            if is_done() {
                continue;
            }
            batch.add(named_draft(&sheet, number, manner.with_images));
            if batch.drafts.len() >= BATCH && send.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
    }
    // Whoever takes them no more has told why.
    let _ = send.blocking_send(batch);
    Ok(())
}

fn named_draft(sheet: &Sheet, number: usize, with_images: bool) -> Result<(String, Draft), RowError> {
    let supplier = sheet.supplier()?.to_owned();
    let draft = if number == 0 { sheet.draft(with_images) } else { sheet.copy(number).draft(with_images) };
    Ok((supplier, draft?))
}

/// What each supplier's products are read for.
struct Shops {
    by_supplier: HashMap<String, Arc<Reading>>,
    /// The one that gets all.
    only: Option<Arc<Reading>>,
}

impl Shops {
    fn of(&self, supplier: &str) -> Option<&Arc<Reading>> {
        self.only.as_ref().or_else(|| self.by_supplier.get(supplier))
    }
}

async fn make_categories(market: &Market, survey: &Survey) -> Result<Tree> {
    let kinds: Vec<String> =
        survey.kinds.iter().filter(|(_, count)| **count >= MIN_KIND).map(|(kind, _)| kind.clone()).collect();
    let shared = market.clone();
    let make = async move |tx: &mut Tx| {
        let tree = categories::tree(tx).await?;
        for kind in &kinds {
            let known = tree.children(None).any(|root| root.name.eq_ignore_ascii_case(kind));
            if !known && let Ok(name) = kind.parse() {
                let new = NewCategory { name, parent_id: None, position: None };
                categories::create(tx, &shared, &new).await?;
            }
        }
        categories::tree(tx).await
    };
    market.db.write(make).await
}

async fn open_shops(market: &Market, survey: &Survey, manner: &Manner, tree: &Arc<Tree>) -> Result<Shops> {
    let reading = |by: Membership| {
        Arc::new(Reading {
            by,
            columns: icecat::columns(),
            default_stock: manner.default_stock,
            categories: tree.clone(),
            import: None,
        })
    };
    let mut by_supplier = HashMap::new();
    if manner.shop.is_none() {
        for supplier in survey.suppliers.keys() {
            by_supplier.insert(supplier.clone(), reading(open_shop(market, supplier).await?));
        }
    }
    Ok(Shops { by_supplier, only: manner.shop.map(reading) })
}

/// The shop of a supplier: the one that an import opened before, or a new one. Its owner is an account that
/// nobody can log in to.
async fn open_shop(market: &Market, supplier: &str) -> Result<Membership> {
    let (shared, supplier) = (market.clone(), supplier.to_owned());
    let open = async move |tx: &mut Tx| {
        let name: String = supplier.chars().filter(|c| !c.is_control()).take(50).collect();
        let wrong = |_| Error::invalid("/supplier", "not_allowed", "a supplier's name can't be a shop's");
        let address = format!("{}@suppliers.invalid", Slug::from_title(&name).as_str());
        let email = address.parse().map_err(|_| Error::internal("a supplier's address is none"))?;
        let owner = if let Some(known) = accounts::find_user_by_email(tx, &email).await? {
            known.id
        } else {
            let new = NewUser {
                email,
                password: PasswordHash::from_kept("none".to_owned()),
                first_name: name.parse().map_err(wrong)?,
                last_name: None,
            };
            let owner = accounts::create_user(tx, &shared, &new).await?;
            let application = Application {
                name: name.parse().map_err(wrong)?,
                description: format!("Products of {name}").parse().map_err(wrong)?,
                address: name.parse().map_err(wrong)?,
                domain: None,
                tax_number: None,
            };
            vendors::establish(tx, &shared, owner, &application).await?;
            owner
        };
        vendors::membership(tx, owner, None).await
    };
    market.db.write(open).await
}

/// Writes the products of a batch together or, when that can't be, one by one; and notes that they are done.
async fn write(market: &Market, shops: &Shops, run: &mut Run, batch: Batch) -> Result<Written> {
    let mut all = Written { errors: batch.errors, ..Written::default() };
    let mut groups: HashMap<&str, (Arc<Reading>, Vec<Draft>)> = HashMap::new();
    for (supplier, draft) in &batch.drafts {
        let Some(reading) = shops.of(supplier) else { continue };
        let group = groups.entry(supplier).or_insert_with(|| (reading.clone(), Vec::new()));
        group.1.push(draft.clone());
    }
    let groups: Vec<(Arc<Reading>, Vec<Draft>)> = groups
        .into_values()
        .map(|(reading, drafts)| {
            let mut seen = Seen::default();
            let drafts = drafts.into_iter();
            let once = drafts.filter_map(|draft| seen.admit(draft, &reading.columns, &mut all.errors));
            let once = once.collect();
            (reading, once)
        })
        .collect();
    let groups = Arc::new(groups);
    let before = run.behind(batch.items, &all);
    match write_groups(market, groups.clone(), Some((run.clone(), before.clone()))).await {
        Ok(written) => {
            *run = before.behind(0, &written);
            all.add(written);
        }
        Err(error) if is_under_way(&error) => return Err(error),
        Err(error) if came_in_between(&error) || matches!(error, Error::Rejected(_) | Error::Invalid(_)) => {
            let mut written = Written::default();
            for (reading, drafts) in groups.iter() {
                for draft in drafts {
                    written.add(write_one(market, reading, draft).await?);
                }
            }
            let (was, is, now) = (run.place, before.behind(0, &written), market.now());
            *run = is.clone();
            market.db.write(async move |tx: &mut Tx| advance(tx, was, &is, now).await).await?;
            all.add(written);
        }
        Err(error) => return Err(error),
    }
    Ok(all)
}

/// Writes products; with them, where there is one, the note that a run is behind them.
async fn write_groups(
    market: &Market,
    groups: Arc<Vec<(Arc<Reading>, Vec<Draft>)>>,
    note: Option<(Run, Run)>,
) -> Result<Written> {
    let shared = market.clone();
    let write = async move |tx: &mut Tx| {
        let drafts: Vec<For<'_>> = groups
            .iter()
            .flat_map(|(reading, drafts)| drafts.iter().map(|draft| (&**reading, draft)))
            .collect();
        let all = writing::write(tx, &shared, &drafts).await?;
        if let Some((was, run)) = &note {
            advance(tx, was.place, &run.behind(0, &all), shared.now()).await?;
        }
        Ok(all)
    };
    market.db.write(write).await
}

async fn write_one(market: &Market, reading: &Arc<Reading>, draft: &Draft) -> Result<Written> {
    let one = Arc::new(vec![(reading.clone(), vec![draft.clone()])]);
    let mut outcome = write_groups(market, one.clone(), None).await;
    for _ in 1..TRIES {
        if !outcome.as_ref().is_err_and(came_in_between) {
            break;
        }
        outcome = write_groups(market, one.clone(), None).await;
    }
    match outcome {
        Ok(written) => Ok(written),
        Err(error) => Ok(Written::refused(draft, refusal(error, draft)?)),
    }
}
