//! `bench reads`: product pages and lists.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use marketplace::catalog::search::{Place, Sort};
use types::{CategoryId, ProductId, VendorId};
use web::cursor;

use super::client::{Connection, request};
use super::load::{self, Counter, Pace, Round, Work};
use super::options::{Reads, What};
use super::report::{Figures, Report, percent};
use super::seed::Seeded;
use super::stage::{Stage, pace, warm_up};
use super::subject::Subject;
use crate::config::Effective;

/// Different pages that are read: as many as are popular at a time.
const PAGES: usize = 5_000;

/// Different lists that are read over and over.
const LISTS: usize = 64;

/// Orders in turn.
const ORDERS: [Sort; 5] = [Sort::Newest, Sort::Cheapest, Sort::Dearest, Sort::Rating, Sort::BestSelling];

/// The longest wait for the server's search index, and how often it is looked for.
const INDEX_WAIT: Duration = Duration::from_mins(30);
const INDEX_LOOK: Duration = Duration::from_millis(200);

/// Questions that are asked once in a round.
const NEW: usize = 100_000;

/// Requests that are sent in their order, over and over.
struct Requests(Vec<Vec<u8>>);

impl Work for Requests {
    async fn perform(&self, connection: &mut Connection, number: u64, counter: &Counter) -> Result<()> {
        let place = usize::try_from(number)? % self.0.len();
        let answer = connection.send(&self.0[place]).await?;
        if counter.accepts(&answer) {
            counter.done();
        }
        Ok(())
    }
}

/// Runs it.
pub(super) async fn run(effective: &Effective, options: &Reads) -> Result<Report> {
    let common = &options.common;
    let stage = Stage::prepare(effective, common, 2).await?;
    await_index(&stage.subject).await?;
    let mut asked = 0;
    let first = Arc::new(Requests(requests(&stage.seeded, options.what, &mut asked)));
    let bare = if options.alone { None } else { Some(bare(&stage.subject, &first).await?) };
    if let Some(pace) = warm_up(common) {
        load::run(&stage.subject, first, pace).await?;
        if let Some((bare, work, _)) = &bare {
            load::run(bare, work.clone(), pace).await?;
        }
    }
    let (mut rounds, mut bare_rounds) = (Vec::new(), Vec::new());
    for _ in 0..common.rounds {
        let work = Arc::new(Requests(requests(&stage.seeded, options.what, &mut asked)));
        rounds.push(load::run(&stage.subject, work, pace(common)).await?);
        if let Some((bare, work, _)) = &bare {
            bare_rounds.push(load::run(bare, work.clone(), Pace { rate: None, ..pace(common) }).await?);
        }
    }
    let figures = figures(options.what, rounds, bare_rounds)?;
    stage.finish("reads", figures, common).await
}

/// Waits until the server has built its index: lists that are asked for before that are not those it gives.
async fn await_index(subject: &Subject) -> Result<()> {
    let mut connection = Connection::open(subject.address).await?;
    let asked = request("GET", "/v1/products?facets=true&limit=1&total=false", "", "");
    let begun = Instant::now();
    while begun.elapsed() < INDEX_WAIT {
        let answer = connection.send(&asked).await?;
        let list: serde_json::Value = serde_json::from_slice(answer.body)?;
        if !list["facets"].is_null() {
            return Ok(());
        }
        tokio::time::sleep(INDEX_LOOK).await;
    }
    bail!("the server has no search index after {INDEX_WAIT:?}")
}

fn figures(what: What, rounds: Vec<Round>, bare_rounds: Vec<Round>) -> Result<Vec<Figures>> {
    let pairs: Vec<_> =
        rounds.iter().zip(&bare_rounds).map(|(round, bare)| (round.rate(), bare.rate())).collect();
    let name = match what {
        What::Page => "product page",
        What::List => "list of 20 with a filter",
        What::NewList => "list never asked for before",
        What::NewFacets => "list with facets never asked for before",
        What::NewDeep => "page in the middle never asked for before",
        What::Search => "search never asked for before",
        What::Mix => "nine pages to a list",
    };
    let percent_of_limit = percent(pairs.into_iter());
    let mut all = vec![Figures { percent_of_limit, ..Figures::of(name.to_owned(), rounds)? }];
    if !bare_rounds.is_empty() {
        all.push(Figures::of("bare route, the same bytes".to_owned(), bare_rounds)?);
    }
    Ok(all)
}

/// A bare route that answers what the first request is answered.
async fn bare(
    subject: &Subject,
    work: &Requests,
) -> Result<(Subject, Arc<Requests>, tempfile::NamedTempFile)> {
    let mut connection = Connection::open(subject.address).await?;
    let answer = connection.send(&work.0[0]).await?;
    ensure!(answer.status == 200, "the first read was answered {}", answer.status);
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(answer.body)?;
    let bare = Subject::bare(file.path())?;
    Ok((bare, Arc::new(Requests(vec![request("GET", "/v1/products/bare", "", "")])), file))
}

/// The requests of one round. `asked` counts those that were made, so that new ones are new.
fn requests(seeded: &Seeded, what: What, asked: &mut usize) -> Vec<Vec<u8>> {
    let mut make = |count: usize, path: &dyn Fn(usize) -> String| -> Vec<Vec<u8>> {
        let start = *asked;
        *asked += count;
        (start..*asked).map(|number| request("GET", &path(number), "", "")).collect()
    };
    let page = |number: usize| {
        let good = seeded.goods[number % PAGES * 7_919 % seeded.goods.len()];
        format!("/v1/products/{}", ProductId::from_i64(good.product))
    };
    let list = |number: usize| list(seeded, number % LISTS);
    match what {
        What::Page => make(PAGES, &page),
        What::List => make(LISTS, &list),
        What::Mix => make(PAGES, &|number| if number % 10 == 9 { list(number) } else { page(number) }),
        What::NewList => make(NEW, &|number| new_list(seeded, number)),
        What::NewFacets => make(NEW, &|number| format!("{}&facets=true", new_list(seeded, number))),
        What::NewDeep => {
            make(NEW, &|number| format!("{}&cursor={}", new_list(seeded, number), middle(seeded, number)))
        }
        What::Search => make(NEW, &|number| {
            let words = ["lamp", "walnut kettle", "foldable", "organic blanket", "steel", "handmade chair"];
            format!("/v1/products?q={}&min_price={}", words[number % 6].replace(' ', "+"), number % 19_500)
        }),
    }
}

/// Every order, and every filter in turn, with bounds of the price that let through from a hundredth to all.
fn new_list(seeded: &Seeded, number: usize) -> String {
    let shop = VendorId::from_i64(seeded.shops[number % seeded.shops.len()].vendor);
    let category = CategoryId::from_i64(seeded.categories[number % seeded.categories.len()]);
    let filter = match number / ORDERS.len() % 6 {
        0 => format!("&category={category}"),
        1 => format!("&vendor={shop}"),
        2 => "&in_stock=true".to_owned(),
        3 => "&on_sale=false".to_owned(),
        4 => "&min_rating=0".to_owned(),
        _ => String::new(),
    };
    let least = number * 7 % 19_000;
    let most = least + 200 * (1 + number % 100) + number / 19_000;
    format!("/v1/products?sort={}&min_price={least}&max_price={most}{filter}", order(number))
}

fn order(number: usize) -> Sort {
    ORDERS[number % ORDERS.len()]
}

/// The cursor of a place half-way through the list.
fn middle(seeded: &Seeded, number: usize) -> String {
    let good = &seeded.goods[seeded.goods.len() / 2];
    let sort = order(number);
    let key = match sort {
        Sort::Newest => good.product,
        Sort::Cheapest | Sort::Dearest => good.price,
        Sort::Rating | Sort::BestSelling | Sort::Relevance => 0,
    };
    cursor::encode(&Place { sort, key, id: good.product })
}

fn list(seeded: &Seeded, number: usize) -> String {
    let shop = VendorId::from_i64(seeded.shops[number % seeded.shops.len()].vendor);
    let category = CategoryId::from_i64(seeded.categories[number % seeded.categories.len()]);
    match number % 4 {
        0 => format!("/v1/products?category={category}"),
        1 => format!("/v1/products?vendor={shop}"),
        2 => format!("/v1/products?category={category}&sort=price"),
        _ => format!("/v1/products?min_price={}&sort=price", number * 250),
    }
}
