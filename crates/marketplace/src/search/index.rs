//! The index on the disk: its fields, and one generation of it that is open.
//!
//! A generation is a folder of `search/` in the data folder; the file `current` names the one that counts.
//! A new one is made beside it and takes its place by a rename, so that a crash leaves either whole, and a
//! rebuild works beside a server. Whoever uses a generation holds its lock.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexWriter, TantivyDocument, Term};
use types::{ProductId, Timestamp};

use super::queued::{Queue, Queued};
use super::scratch::{Pool, Scratch};
use super::view::View;
use super::vocabulary::Vocabulary;
use super::weighing::Kept;
use crate::changes::KEPT_SECONDS;
use crate::{Error, Result};

/// Changes with what is indexed and how: generations of another one are not read.
const FORMAT: &str = "v3";

/// The file that names the generation that counts.
const CURRENT: &str = "current";

/// Bytes that documents take before they become a segment on the disk.
const WRITER_BYTES: usize = 20_000_000;

/// Segments of more documents are not made one: that would take hundreds of megabytes.
const MERGED_DOCUMENTS: usize = 60_000;

/// Of what share of deleted documents on a segment is written anew.
const MERGED_DELETED: f32 = 0.3;

/// The fields of a product in the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub(super) id: Field,
    /// The terms of everything: what a product is found by.
    pub(super) all: Field,
    /// The title's terms.
    pub(super) title: Field,
    /// Those of its shop and its category.
    pub(super) names: Field,
    /// Those of its SKUs and other numbers.
    pub(super) codes: Field,
    /// Pairs of words of the title, and the whole names of it, its shop and its category, a term each.
    pub(super) phrases: Field,
    pub(super) category: Field,
    pub(super) vendor: Field,
    pub(super) price: Field,
    pub(super) rating: Field,
    pub(super) sales: Field,
    /// [`IN_STOCK`] and [`ON_SALE`].
    pub(super) flags: Field,
    /// `name`, a [`SEPARATOR`] and `value`.
    pub(super) attribute: Field,
}

/// Some variant can be bought.
pub(super) const IN_STOCK: u8 = 1;

/// It costs less than its list price.
pub(super) const ON_SALE: u8 = 2;

/// Between an attribute's name and its value; in no text.
pub(super) const SEPARATOR: char = '\u{1f}';

impl Fields {
    /// Those that hold terms: all of them, those of the title, of names, of numbers.
    pub(super) const fn texts(&self) -> [Field; 4] {
        [self.all, self.title, self.names, self.codes]
    }
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let text = TextOptions::default().set_indexing_options(indexing);
    let mark = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let marks = TextOptions::default().set_indexing_options(mark);
    let fields = Fields {
        id: schema.add_u64_field("id", INDEXED | FAST),
        all: schema.add_text_field("all", text.clone()),
        title: schema.add_text_field("title", text.clone()),
        names: schema.add_text_field("names", text.clone()),
        codes: schema.add_text_field("codes", text),
        phrases: schema.add_text_field("phrases", marks),
        category: schema.add_u64_field("category", FAST),
        vendor: schema.add_u64_field("vendor", FAST),
        price: schema.add_u64_field("price", FAST),
        rating: schema.add_u64_field("rating", FAST),
        sales: schema.add_u64_field("sales", FAST),
        flags: schema.add_u64_field("flags", FAST),
        attribute: schema.add_text_field("attribute", whole_text()),
    };
    (schema.build(), fields)
}

/// A text that is looked up as a whole, and counted.
fn whole_text() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing).set_fast("raw")
}

/// What a commit says of itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Microseconds: every change until then is in it, but for late ones.
    until: i64,
    /// What of the changes since is in it as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<Part>,
}

/// Of the changes until a later time, those of the products up to one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Part {
    /// Microseconds.
    until: i64,
    product: i64,
}

impl Mark {
    /// Every change until then is in it, but for late ones.
    pub(super) const fn until(&self) -> Timestamp {
        Timestamp::from_micros(self.until)
    }

    /// Whether the changes since are kept for long enough to be taken in before they go.
    pub(super) fn is_young(&self, now: Timestamp) -> bool {
        now.seconds_since(self.until()) < KEPT_SECONDS / 2
    }
}

impl Part {
    /// The changes until then, as far as they are of products up to this one.
    pub(super) fn new(until: Timestamp, product: ProductId) -> Self {
        Self { until: until.as_micros(), product: product.as_i64() }
    }

    /// Until when changes are meant.
    pub(super) const fn until(&self) -> Timestamp {
        Timestamp::from_micros(self.until)
    }

    /// The last product whose changes are in it.
    pub(super) const fn product(&self) -> ProductId {
        ProductId::from_i64(self.product)
    }
}

/// A generation that is open.
pub(super) struct Generation {
    name: String,
    pub(super) fields: Fields,
    pub(super) vocabulary: Vocabulary,
    pub(super) scratch: Pool<Scratch>,
    /// What frequent words say.
    pub(super) words: Kept,
    index: Index,
    view: RwLock<Arc<View>>,
    queue: Queue,
    writer: Mutex<IndexWriter<Queued>>,
    _lock: File,
}

/// What became of opening the generation that counts.
#[derive(Debug)]
pub(super) enum Opening {
    /// It is open.
    Open(Box<Generation>),
    /// Another process has it.
    InUse,
    /// There is none that can be read.
    None,
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Generation {
    /// Opens the generation that counts, if there is one of this format; an error when it is damaged.
    pub(super) fn open_current(folder: &Path) -> Result<Opening> {
        let Some(name) = current(folder) else { return Ok(Opening::None) };
        let path = folder.join(&name);
        let Some(lock) = lock(&path)? else { return Ok(Opening::InUse) };
        let index = Index::open_in_dir(&path).map_err(failed)?;
        let (schema, fields) = schema();
        if index.schema() != schema {
            return Ok(Opening::None);
        }
        let damaged = index.validate_checksum().map_err(failed)?;
        if !damaged.is_empty() {
            return Err(Error::internal(format!("{} files of the search index are damaged", damaged.len())));
        }
        Self::new(name, index, fields, lock).map(Box::new).map(Opening::Open)
    }

    /// Opens one that was begun and does not count yet, if there is one that says how far it is.
    pub(super) fn open_unfinished(folder: &Path) -> Result<Option<Self>> {
        let counts = current(folder);
        let (schema, fields) = schema();
        for entry in fs::read_dir(folder).map_err(io)? {
            let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).map_err(io)?;
            let name = name.to_string_lossy().into_owned();
            if !name.starts_with(&format!("{FORMAT}-")) || counts.as_ref() == Some(&name) || !path.is_dir() {
                continue;
            }
            let Some(lock) = lock(&path)? else { continue };
            let Ok(index) = Index::open_in_dir(&path) else { continue };
            let is_whole =
                index.schema() == schema && index.validate_checksum().is_ok_and(|bad| bad.is_empty());
            if is_whole {
                let begun = Self::new(name, index, fields, lock)?;
                if begun.mark()?.is_some_and(|mark| mark.part.is_some()) {
                    return Ok(Some(begun));
                }
            }
        }
        Ok(None)
    }

    /// Begins an empty one, which does not count yet.
    pub(super) fn create(folder: &Path, now: Timestamp) -> Result<Self> {
        let name = format!("{FORMAT}-{:x}-{:x}", now.as_micros(), std::process::id());
        let path = folder.join(&name);
        fs::create_dir_all(&path).map_err(io)?;
        let lock = lock(&path)?.ok_or_else(|| Error::internal("a new search index is in use"))?;
        let (schema, fields) = schema();
        let index = Index::create_in_dir(&path, schema).map_err(failed)?;
        Self::new(name, index, fields, lock)
    }

    fn new(name: String, index: Index, fields: Fields, lock: File) -> Result<Self> {
        // One merge at a time: each takes memory by the number of its documents.
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .memory_budget_per_thread(WRITER_BYTES)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter<Queued> = index.writer_with_options(options).map_err(failed)?;
        let mut merging = LogMergePolicy::default();
        merging.set_max_docs_before_merge(MERGED_DOCUMENTS);
        merging.set_del_docs_ratio_before_merge(MERGED_DELETED);
        writer.set_merge_policy(Box::new(merging));
        let (vocabulary, scratch, queue) = (Vocabulary::default(), Pool::default(), Queue::default());
        let view = RwLock::new(Arc::new(View::open(&index, (&fields, &vocabulary), None)?));
        let words = Kept::default();
        let writer = Mutex::new(writer);
        Ok(Self { name, fields, vocabulary, scratch, words, index, view, queue, writer, _lock: lock })
    }

    /// Makes it the one that counts, and removes those that nobody uses.
    pub(super) fn install(&self, folder: &Path) -> Result<()> {
        let new = folder.join(format!("{CURRENT}.new"));
        fs::write(&new, &self.name).map_err(io)?;
        File::open(&new).and_then(|file| file.sync_all()).map_err(io)?;
        fs::rename(&new, folder.join(CURRENT)).map_err(io)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        remove_unused(folder)
    }

    /// Whether it still is the one that counts.
    pub(super) fn is_current(&self, folder: &Path) -> bool {
        current(folder).is_some_and(|name| name == self.name)
    }

    /// Which changes are in it.
    pub(super) fn mark(&self) -> Result<Option<Mark>> {
        let metas = self.index.load_metas().map_err(failed)?;
        Ok(metas.payload.and_then(|payload| serde_json::from_str(&payload).ok()))
    }

    /// Replaces products: those without a document are not to be found any more. Not seen before a commit.
    pub(super) fn write(
        &self,
        products: impl IntoIterator<Item = (ProductId, Option<TantivyDocument>)>,
    ) -> Result<()> {
        let writer = self.writer.lock();
        for (id, document) in products {
            writer.delete_term(Term::from_field_u64(self.fields.id, id.as_i64().unsigned_abs()));
            if let Some(document) = document {
                writer.add_document(self.queue.enter(document)?).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Writes products that are not in it yet. Not seen before a commit.
    pub(super) fn add(&self, documents: impl IntoIterator<Item = TantivyDocument>) -> Result<()> {
        let writer = self.writer.lock();
        for document in documents {
            writer.add_document(self.queue.enter(document)?).map_err(failed)?;
        }
        Ok(())
    }

    /// Makes what was written durable and seen: all changes until then; of unknown ones, as many as before.
    pub(super) fn commit(&self, until: Option<Timestamp>) -> Result<()> {
        match until {
            Some(until) => self.commit_as(Some(Mark { until: until.as_micros(), part: None })),
            None => self.commit_as(self.mark()?),
        }
    }

    /// The same as a part of what is being written: who comes after an interruption goes on from there.
    pub(super) fn commit_part(&self, part: Part) -> Result<()> {
        let until = self.mark()?.map_or(part.until, |mark| mark.until);
        self.commit_as(Some(Mark { until, part: Some(part) }))
    }

    fn commit_as(&self, mark: Option<Mark>) -> Result<()> {
        let mut writer = self.writer.lock();
        let mut commit = writer.prepare_commit().map_err(failed)?;
        if let Some(mark) = mark {
            commit.set_payload(&serde_json::to_string(&mark).unwrap_or_default());
        }
        commit.commit().map_err(failed)?;
        let view = View::open(&self.index, (&self.fields, &self.vocabulary), Some(&self.view()))?;
        *self.view.write() = Arc::new(view);
        drop(writer);
        Ok(())
    }

    /// The index as it was after the last commit.
    pub(super) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read())
    }
}

fn current(folder: &Path) -> Option<String> {
    let name = fs::read_to_string(folder.join(CURRENT)).ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (name.starts_with(&format!("{FORMAT}-")) && name.chars().all(plain)).then_some(name)
}

/// The lock of a generation; nothing when another process has it.
fn lock(generation: &Path) -> Result<Option<File>> {
    let file = File::create(generation.join("in-use")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(io(error)),
    }
}

/// Removes the generations that do not count and that nobody uses.
fn remove_unused(folder: &Path) -> Result<()> {
    let kept = current(folder);
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        let is_kept = kept.as_deref().is_some_and(|kept| name == kept);
        if is_kept || !entry.path().is_dir() {
            continue;
        }
        if let Ok(Some(_lock)) = lock(&entry.path())
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!(error = %error, "an old search index was not removed");
        }
    }
    Ok(())
}

/// Where the generations lie.
pub(super) fn folder(data_dir: &Path) -> Result<PathBuf> {
    let folder = data_dir.join("search");
    fs::create_dir_all(&folder).map_err(io)?;
    Ok(folder)
}

fn io(error: std::io::Error) -> Error {
    Error::failed("the search index's folder can't be used", error)
}

/// Something that the index could not do.
pub(super) fn failed(error: impl Into<tantivy::TantivyError>) -> Error {
    Error::failed("the search index failed", error.into())
}
