//! What is measured on: shops, goods, buyers and past purchases, made in bulk.

mod buyers;
mod goods;
mod past;
pub(super) mod people;
mod sample;

pub(super) use buyers::{Buyer, Buyers, Lines};
pub(super) use goods::{Good, Shop, on_sale};
pub(super) use past::Shelf;

use anyhow::{Result, bail};
use db::Db;
use marketplace::Market;
use tokio::task::JoinSet;
use types::kind;

use super::progress::Progress;
use super::rows::{Given, Rows, Template};
use crate::config::{Config, DataDir};
use crate::opening::{Keys, Opened, open_database};
use goods::{has_other_shops, known_categories, known_shops, make_category, open_shops};
use sample::Sample;

/// Copies that are written in one transaction.
const BATCH: usize = 500;

/// Transactions at a time, where the database takes several.
const WRITERS: usize = 4;

/// Categories that the goods are spread over.
const CATEGORIES: usize = 20;

/// The stock of everything: more than any run sells.
const STOCK: i64 = 1_000_000;

/// How much there is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) shops: usize,
    pub(super) products: usize,
    /// Orders of the past; two make a purchase.
    pub(super) orders: usize,
    /// Sellers of a purchase.
    pub(super) sellers: usize,
}

/// A marketplace that is ready to be measured.
pub(super) struct Seeded {
    pub(super) shops: Vec<Shop>,
    pub(super) categories: Vec<i64>,
    pub(super) goods: Vec<Good>,
    /// A cart, given its user.
    pub(super) cart: Template,
    /// A line of a cart, given its cart, variant and price.
    pub(super) line: Template,
    /// An unpaid purchase: see [`Sample::purchase`].
    pub(super) purchase: Template,
    product: Template,
}

/// Makes what is missing, so that a database can be measured on again and again.
pub(super) async fn seed(market: &Market, config: &Config, extent: Extent) -> Result<Seeded> {
    if has_other_shops(&mut market.db.read().await?).await? {
        bail!("the database holds a marketplace that the bench did not make: name another one");
    }
    let templates = Templates::new(config, extent.sellers).await?;
    let shops = shops(market, extent.shops.max(extent.sellers)).await?;
    let categories = categories(market).await?;
    let missing = extent.products.saturating_sub(on_sale(&mut market.db.read().await?).await?.len());
    add_products(market, &templates.products, (&shops, &categories), missing).await?;
    if missing > 0 {
        market.db.analyze().await?;
    }
    let goods = on_sale(&mut market.db.read().await?).await?;
    past::seed(market, &templates.past, &goods, extent.orders).await?;
    if extent.orders > 0 {
        market.db.analyze().await?;
    }
    let goods = if extent.orders > 0 { on_sale(&mut market.db.read().await?).await? } else { goods };
    let Templates { products, cart, line, purchase, .. } = templates;
    let categories = categories.into_iter().map(|(id, _)| id).collect();
    let product = products[0].clone();
    Ok(Seeded { shops, categories, goods, cart, line, purchase, product })
}

/// The rows of everything that is made in bulk.
struct Templates {
    products: Vec<Template>,
    cart: Template,
    line: Template,
    purchase: Template,
    past: sample::Past,
}

impl Templates {
    /// Seen in a database that is gone again afterwards.
    async fn new(config: &Config, sellers: usize) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let small = Config { database_url: None, data_dir: DataDir::at(dir.path()), ..config.clone() };
        let keys = Keys::read(&small, dir.path())?;
        let db: Db = open_database(&small).await?;
        let opened = Opened::new(db, &small, keys, "http://bench.example".to_owned()).await?;
        let sample = Sample::new(opened.market.clone(), sellers).await?;
        let mut products = Vec::new();
        for (place, (title, description)) in texts().enumerate() {
            products.push(sample.product(place, &title, &description).await?);
        }
        let (cart, line) = sample.cart().await?;
        let purchase = sample.purchase().await?;
        let past = sample.past().await?;
        sample.close().await;
        Ok(Self { products, cart, line, purchase, past })
    }
}

const THINGS: [&str; 8] =
    ["Lamp", "Kettle", "Notebook", "Backpack", "Headphones", "Blanket", "Bicycle", "Chair"];
const LOOKS: [&str; 6] = ["Walnut", "Brushed steel", "Handmade", "Foldable", "Midnight blue", "Organic"];

/// Titles and descriptions of as many different products as there are pairs of words.
fn texts() -> impl Iterator<Item = (String, String)> {
    let pairs = LOOKS.iter().flat_map(|look| THINGS.iter().map(move |thing| (look, thing)));
    pairs.map(|(look, thing)| {
        let description = format!(
            "{look} {} for every day, made to last and easy to repair. Comes in a recycled box with a \
             guide of eight pages. Measures 32 by 18 by 9 cm, weighs half a kilogram, and is guaranteed for \
             three years. Designed in a small studio, tested in five kitchens.",
            thing.to_lowercase()
        );
        (format!("{look} {thing}"), description)
    })
}

async fn shops(market: &Market, wanted: usize) -> Result<Vec<Shop>> {
    let mut shops = known_shops(&mut market.db.read().await?).await?;
    let names = (shops.len()..wanted).map(|number| number.to_string()).collect();
    shops.append(&mut open_shops(market, names).await?);
    Ok(shops)
}

/// The categories and the numbers that their names end with.
async fn categories(market: &Market) -> Result<Vec<(i64, String)>> {
    let known = known_categories(&mut market.db.read().await?).await?;
    let number = |name: &str| name.rsplit(' ').next().unwrap_or_default().to_owned();
    let mut categories: Vec<(i64, String)> =
        known.into_iter().map(|(id, name)| (id, number(&name))).collect();
    for next in categories.len()..CATEGORIES {
        let made = make_category(market, &format!("Bench category {next}")).await?;
        categories.push((made.as_i64(), next.to_string()));
    }
    Ok(categories)
}

async fn add_products(
    market: &Market,
    templates: &[Template],
    (shops, categories): (&[Shop], &[(i64, String)]),
    count: usize,
) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    // Numbers of their own, also in a second run on the same database.
    let start = usize::try_from(market.now().as_millis())? % 1_000_000_000 * 1_000;
    let progress = Progress::new("products", count);
    in_batches(market, count, WRITERS, &progress, |numbers| {
        let mut rows = Rows::default();
        for number in numbers {
            let template = &templates[number % templates.len()];
            let place = number % shops.len();
            let (category, named) = &categories[number / 7 % categories.len()];
            let given = [
                Given::Int(shops[place].vendor),
                Given::Int(*category),
                Given::Int(shops[place].owner),
                Given::Int(price(number)),
                Given::Text((start + number).to_string()),
                Given::Text(place.to_string()),
                Given::Text(named.clone()),
                Given::Int(STOCK),
            ];
            template.copy(&mut rows, &ids(market, template.ids), &given);
        }
        rows
    })
    .await
}

/// Spread over two decades without a pattern.
fn price(number: usize) -> i64 {
    let spread = number.wrapping_mul(2_654_435_761) % 19_800;
    200 + i64::try_from(spread).unwrap_or(0)
}

/// New identifiers for a copy.
pub(super) fn ids(market: &Market, count: usize) -> Vec<i64> {
    (0..count).map(|_| market.id::<kind::Checkout>().as_i64()).collect()
}

/// Writes the rows that `make` makes of the numbers below `count`, some at a time.
async fn in_batches(
    market: &Market,
    count: usize,
    writers: usize,
    progress: &Progress,
    make: impl Fn(std::ops::Range<usize>) -> Rows,
) -> Result<()> {
    let mut running: JoinSet<db::Result<usize>> = JoinSet::new();
    for first in (0..count).step_by(BATCH) {
        if running.len() >= writers
            && let Some(ended) = running.join_next().await
        {
            progress.add(ended??);
        }
        let numbers = first..count.min(first + BATCH);
        let (rows, db, size) = (make(numbers.clone()), market.db.clone(), numbers.len());
        running.spawn(async move { db.write(async move |tx| rows.insert(tx).await).await.map(|()| size) });
    }
    while let Some(ended) = running.join_next().await {
        progress.add(ended??);
    }
    progress.finish();
    Ok(())
}

impl Seeded {
    /// A product of which there are `units`, for everybody to want.
    pub(super) async fn add_hot(&self, market: &Market, units: i64) -> Result<Good> {
        let shop = self.shops[0];
        let given = [
            Given::Int(shop.vendor),
            Given::Int(self.categories[0]),
            Given::Int(shop.owner),
            Given::Int(4_999),
            Given::Text(market.now().as_micros().to_string()),
            Given::Text("0".to_owned()),
            Given::Text("0".to_owned()),
            Given::Int(units),
        ];
        let mut rows = Rows::default();
        self.product.copy(&mut rows, &ids(market, self.product.ids), &given);
        market.db.write(async move |tx| rows.insert(tx).await).await?;
        let goods = on_sale(&mut market.db.read().await?).await?;
        let hot = goods.into_iter().rev().find(|good| good.price == 4_999 && good.stock == units);
        hot.ok_or_else(|| anyhow::anyhow!("the product that everybody wants was not made"))
    }
}
