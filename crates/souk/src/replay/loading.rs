//! Before the first purchase: the categories, the sellers with their shops, and what they offer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::api::{Api, Session};
use super::crowd::{self, Progress};
use super::dataset::{Dataset, Product, Seller};
use super::people::People;
use super::plan::Plan;

/// A shop and somebody who may act for it.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) vendor: String,
    /// Its one way of shipping.
    pub(super) shipping: String,
    pub(super) session: Arc<Mutex<Session>>,
}

/// What the marketplace holds after loading.
#[derive(Debug)]
pub(super) struct Stock {
    /// By the data's seller.
    pub(super) shops: HashMap<String, Shop>,
    /// The variant of each offer of the plan.
    pub(super) variants: Vec<String>,
    pub(super) products: usize,
}

/// A product at one seller, with the plan's offers of it: each price is a variant.
#[derive(Debug)]
struct Listing<'d> {
    product: &'d Product,
    seller: &'d str,
    offers: Vec<PricedOffer>,
}

/// An offer of the plan: its place there, its price, and the units that it takes.
#[derive(Debug, Clone, Copy)]
struct PricedOffer {
    place: usize,
    cents: i64,
    units: i64,
}

/// Units of a product that nobody bought.
const UNSOLD_STOCK: i64 = 10;

/// The price of a product that nobody bought.
const UNSOLD_CENTS: i64 = 9_990;

/// Loads everything through the API.
pub(super) async fn load(
    api: &Arc<Api>,
    people: &Arc<People>,
    data: &Dataset,
    plan: &Plan,
    concurrency: usize,
) -> Result<Stock> {
    let categories = Arc::new(make_categories(api, people, data).await?);
    let shops = open_shops(api, people, &data.sellers, concurrency).await?;
    let listings = listings(data, plan);
    let products = listings.len();
    let progress = Progress::new("products", products);
    let work = listings.into_iter().map(|listing| {
        let offers: Vec<usize> = listing.offers.iter().map(|offer| offer.place).collect();
        let category = categories.get(&listing.product.category).cloned();
        (offers, listing.seller.to_owned(), body(&listing, category, data))
    });
    let (api, shops_of) = (api.clone(), Arc::new(shops.clone()));
    let made = crowd::run(work.collect(), concurrency, progress, move |(offers, seller, body)| {
        let (api, shops) = (api.clone(), shops_of.clone());
        async move {
            let shop = shops.get(&seller).context("a product has an unknown seller")?;
            let mut session = shop.session.lock().await;
            let product = api.call(&mut session, Method::POST, "/v1/products", Some(body)).await?;
            Ok((offers, product))
        }
    })
    .await?;
    let mut variants = vec![String::new(); plan.offers.len()];
    for (offers, product) in made {
        let ids = product["variants"].as_array().into_iter().flatten();
        for (place, variant) in offers.into_iter().zip(ids) {
            variant["id"].as_str().unwrap_or_default().clone_into(&mut variants[place]);
        }
    }
    Ok(Stock { shops, variants, products })
}

async fn make_categories(api: &Api, people: &People, data: &Dataset) -> Result<HashMap<String, String>> {
    let mut names: Vec<&str> = data.products.iter().map(|product| product.category.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut admin = people.admin().await;
    let mut made = HashMap::new();
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        let english = data.categories.get(name).map_or(name, String::as_str);
        let body = json!({"name": english.chars().take(50).collect::<String>()});
        let category = api.call(&mut admin, Method::POST, "/v1/admin/categories", Some(body)).await?;
        made.insert(name.to_owned(), category["id"].as_str().unwrap_or_default().to_owned());
    }
    Ok(made)
}

async fn open_shops(
    api: &Arc<Api>,
    people: &Arc<People>,
    sellers: &[Seller],
    concurrency: usize,
) -> Result<HashMap<String, Shop>> {
    let progress = Progress::new("sellers", sellers.len());
    let work: Vec<(String, Value)> = sellers
        .iter()
        .map(|seller| {
            let short = seller.id.get(..12).unwrap_or(&seller.id);
            let address = format!("{}, {} - CEP {}", seller.city, seller.state, seller.zip);
            let vendor = json!({
                "name": format!("Shop {short}"), "description": "A seller of the Olist data set",
                "address": address.chars().take(150).collect::<String>(),
            });
            (seller.id.clone(), vendor)
        })
        .collect();
    let (api, people) = (api.clone(), people.clone());
    let shops = crowd::run(work, concurrency, progress, move |(seller, vendor)| {
        let (api, people) = (api.clone(), people.clone());
        async move { open_shop(&api, &people, seller, vendor).await }
    })
    .await?;
    Ok(shops.into_iter().collect())
}

/// Registers a seller, applies, has the operator accept, and sets up the shop's way of shipping.
async fn open_shop(api: &Api, people: &People, seller: String, vendor: Value) -> Result<(String, Shop)> {
    let mut session = people.register(api, &format!("seller-{seller}"), "Seller", Some(vendor)).await?;
    let mine = api.call(&mut session, Method::GET, "/v1/me/vendors", None).await?;
    let vendor = mine["data"][0]["vendor"]["id"].as_str().context("the application is not there")?.to_owned();
    let accept = format!("/v1/admin/vendors/{vendor}/accept");
    api.call(&mut *people.admin().await, Method::POST, &accept, None).await?;
    let method = json!({"name": "Correios", "price": 0});
    let method = api.call(&mut session, Method::POST, "/v1/vendor/shipping-methods", Some(method)).await?;
    let shipping = method["id"].as_str().context("the way of shipping is not there")?.to_owned();
    Ok((seller, Shop { vendor, shipping, session: Arc::new(Mutex::new(session)) }))
}

/// Every product at every seller that the orders name. A product without orders goes to a seller by turns.
fn listings<'d>(data: &'d Dataset, plan: &'d Plan) -> Vec<Listing<'d>> {
    let mut sold: BTreeMap<(&str, &str), Vec<PricedOffer>> = BTreeMap::new();
    for (place, (offer, units)) in plan.offers.iter().enumerate() {
        let priced = PricedOffer { place, cents: offer.cents, units: *units };
        sold.entry((&offer.product, &offer.seller)).or_default().push(priced);
    }
    let products: HashMap<&str, &Product> =
        data.products.iter().map(|product| (product.id.as_str(), product)).collect();
    let mut listings: Vec<Listing<'d>> = Vec::new();
    let mut with_orders = std::collections::HashSet::new();
    for ((product, seller), offers) in sold {
        if let Some(found) = products.get(product) {
            with_orders.insert(product);
            listings.push(Listing { product: found, seller, offers });
        }
    }
    let others = data.products.iter().filter(|product| !with_orders.contains(product.id.as_str()));
    for (product, seller) in others.zip(data.sellers.iter().cycle()) {
        listings.push(Listing { product, seller: &seller.id, offers: Vec::new() });
    }
    listings
}

fn body(listing: &Listing<'_>, category: Option<String>, data: &Dataset) -> Value {
    let product = listing.product;
    let kind = data.categories.get(&product.category).map_or("product", String::as_str);
    let short = product.id.get(..8).unwrap_or(&product.id);
    let mut body = json!({
        "title": format!("{kind} {short}"),
        "description": format!("Product {} of the Olist data set", product.id),
        "status": "published",
    });
    if let Some(category) = category {
        body["category_id"] = json!(category);
    }
    if let Some(grams) = product.grams.parse::<i64>().ok().filter(|grams| *grams > 0) {
        body["weight_grams"] = json!(grams);
    }
    match listing.offers.as_slice() {
        [] => {
            body["price"] = json!(UNSOLD_CENTS);
            body["stock"] = json!(UNSOLD_STOCK);
        }
        [only] => {
            body["price"] = json!(only.cents);
            body["stock"] = json!(only.units);
        }
        several => priced_variants(&mut body, several),
    }
    body
}

/// The data sold this product at several prices: each is a variant of its own.
fn priced_variants(body: &mut Value, offers: &[PricedOffer]) {
    let name = |offer: &PricedOffer| format!("{}.{:02}", offer.cents / 100, offer.cents % 100);
    let names: Vec<String> = offers.iter().map(name).collect();
    let variants = offers
        .iter()
        .map(|offer| json!({"options": {"Price": name(offer)}, "price": offer.cents, "stock": offer.units}));
    body["price"] = json!(offers[0].cents);
    body["stock"] = json!(0);
    body["variants"] = variants.collect();
    body["options"] = json!([{"name": "Price", "values": names}]);
}
