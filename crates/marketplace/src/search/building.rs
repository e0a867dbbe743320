//! Making an index of everything, and what is written into one.

use std::sync::Arc;

use tokio::task::spawn_blocking;
use types::ProductId;

use super::documents::{Documents, Indexed, Read};
use super::index::{self, Generation, Part};
use super::store::{self, Of};
use crate::catalog::categories::{self, Tree};
use crate::spare::on_a_spare_thread;
use crate::{Error, Market, Result};

/// Makes a new index of everything and has it take the place of the one that is there. `progress` is told
/// how many products are done, and of how many.
///
/// It may run beside a server, which goes on with the new one.
pub async fn rebuild(market: &Market, progress: &(impl Fn(u64, u64) + Sync)) -> Result<()> {
    let folder = index::folder(&market.settings.data_dir)?;
    let begun = Generation::create(&folder, market.now())?;
    build(market, begun, progress).await.map(drop)
}

/// The same for a server that has none: it goes on with one that it had begun before it was stopped.
pub(super) async fn build_or_go_on(market: &Market) -> Result<Generation> {
    let folder = index::folder(&market.settings.data_dir)?;
    let now = market.now();
    let begun = spawn_blocking(move || {
        let begun = Generation::open_unfinished(&folder)?;
        match begun {
            Some(begun) if begun.mark()?.is_some_and(|mark| mark.is_young(now)) => Ok(begun),
            _ => Generation::create(&folder, now),
        }
    });
    let begun =
        begun.await.map_err(|error| Error::failed("the search index could not be begun", error))??;
    build(market, begun, &|_, _| {}).await
}

/// Fills one that was begun and installs it.
async fn build(
    market: &Market,
    begun: Generation,
    progress: &(impl Fn(u64, u64) + Sync),
) -> Result<Generation> {
    let folder = index::folder(&market.settings.data_dir)?;
    let (tree, total) = {
        let mut conn = market.db.read().await?;
        (Arc::new(categories::tree(&mut conn).await?), store::count(&mut conn).await?)
    };
    let total = u64::try_from(total).unwrap_or(0);
    let part = begun.mark()?.and_then(|mark| mark.part);
    let until = part.map_or_else(|| market.now().plus_seconds(-1), |part| part.until());
    let mut after = part.map_or(ProductId::from_i64(0), |part| part.product());
    let generation = Arc::new(begun);
    let mut documents = Documents::new(generation.fields);
    let (mut done, mut since_part) = (u64::from(generation.view().documents), 0);
    let part_size = market.search().part();
    loop {
        let page =
            store::ids(&mut market.db.read().await?, Of::Everybody, after, page_size(part_size)).await?;
        let Some(last) = page.last() else { break };
        after = *last;
        let made = documents_of(market, documents, (&tree, &page)).await?;
        documents = made.0;
        since_part += page.len();
        done += u64::try_from(page.len()).unwrap_or(0);
        let ends_part = since_part >= part_size;
        blocking(&generation, move |generation| {
            generation.add(made.1.into_iter().filter_map(|(_, document)| document))?;
            if ends_part { generation.commit_part(Part::new(until, after)) } else { Ok(()) }
        })
        .await?;
        since_part = if ends_part { 0 } else { since_part };
        progress(done, total.max(done));
    }
    blocking(&generation, move |generation| {
        generation.commit(Some(until))?;
        generation.install(&folder)
    })
    .await?;
    Arc::into_inner(generation).ok_or_else(|| Error::internal("a new search index is still held"))
}

/// Products that are read at a time, when so many make a part.
pub(super) fn page_size(part: usize) -> i64 {
    i64::try_from(part).unwrap_or(PAGE).clamp(1, PAGE)
}

/// Products that are read at a time, at most.
pub(super) const PAGE: i64 = 500;

/// The documents of some products, made where that keeps nobody waiting. Gives back who made them.
pub(super) async fn documents_of(
    market: &Market,
    mut documents: Documents,
    (tree, ids): (&Arc<Tree>, &[ProductId]),
) -> Result<(Documents, Vec<Indexed>)> {
    let read = Read::of(&mut market.db.read().await?, ids).await?;
    let tree = Arc::clone(tree);
    on_a_spare_thread("souk-documents", move || {
        let made = documents.of(read, &tree);
        Ok((documents, made))
    })
    .await
}

/// Runs work on the disk where it keeps nobody waiting.
pub(super) async fn blocking(
    generation: &Arc<Generation>,
    work: impl FnOnce(&Generation) -> Result<()> + Send + 'static,
) -> Result<()> {
    let generation = Arc::clone(generation);
    let done = spawn_blocking(move || {
        let outcome = work(&generation);
        drop(generation);
        outcome
    });
    done.await.map_err(|error| Error::failed("work on the search index broke", error))?
}
