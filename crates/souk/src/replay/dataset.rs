//! The files of the Brazilian E-Commerce Public Dataset by Olist, read and checked.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Payments and items that differ by more than this many cents are reported: one cent is rounding.
const TOLERANCE_CENTS: i64 = 1;

#[derive(Debug, Deserialize)]
struct OrderRecord {
    order_id: String,
    customer_id: String,
    order_status: String,
    order_purchase_timestamp: String,
    order_approved_at: String,
    order_delivered_carrier_date: String,
    order_delivered_customer_date: String,
}

#[derive(Debug, Deserialize)]
struct ItemRecord {
    order_id: String,
    product_id: String,
    seller_id: String,
    price: String,
    freight_value: String,
}

#[derive(Debug, Deserialize)]
struct CustomerRecord {
    /// Differs from order to order.
    #[serde(rename = "customer_id")]
    id: String,
    #[serde(rename = "customer_unique_id")]
    person: String,
    #[serde(rename = "customer_zip_code_prefix")]
    zip: String,
    #[serde(rename = "customer_city")]
    city: String,
    #[serde(rename = "customer_state")]
    state: String,
}

#[derive(Debug, Deserialize)]
struct PaymentRecord {
    order_id: String,
    payment_type: String,
    payment_value: String,
}

#[derive(Debug, Deserialize)]
struct TranslationRecord {
    product_category_name: String,
    product_category_name_english: String,
}

/// A seller.
#[derive(Debug, Deserialize)]
pub(super) struct Seller {
    #[serde(rename = "seller_id")]
    pub(super) id: String,
    #[serde(rename = "seller_zip_code_prefix")]
    pub(super) zip: String,
    #[serde(rename = "seller_city")]
    pub(super) city: String,
    #[serde(rename = "seller_state")]
    pub(super) state: String,
}

/// A product; who sells it, and for how much, only its orders tell.
#[derive(Debug, Deserialize)]
pub(super) struct Product {
    #[serde(rename = "product_id")]
    pub(super) id: String,
    #[serde(rename = "product_category_name")]
    pub(super) category: String,
    #[serde(rename = "product_weight_g")]
    pub(super) grams: String,
}

/// A person who bought, perhaps more than once.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) zip: String,
    pub(super) city: String,
    pub(super) state: String,
}

/// Units of one product of one seller at one price.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Offer {
    pub(super) product: String,
    pub(super) seller: String,
    pub(super) cents: i64,
}

/// A unit of an order, and what its way to the buyer cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) offer: Offer,
    pub(super) freight_cents: i64,
}

/// An order with items.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) customer: Customer,
    pub(super) status: String,
    pub(super) was_paid: bool,
    /// Whether it was paid by `boleto`, a slip that is paid in cash.
    pub(super) is_cash: bool,
    /// One entry a unit.
    pub(super) units: Vec<Unit>,
}

/// What does not fit in the data. Known, reported, never fatal.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    pub(super) orders_without_items: usize,
    pub(super) times_out_of_order: usize,
    pub(super) payments_that_differ: usize,
}

/// The whole data set.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) sellers: Vec<Seller>,
    pub(super) products: Vec<Product>,
    /// English names of the categories, by the Portuguese ones.
    pub(super) categories: HashMap<String, String>,
    /// In the order of purchase.
    pub(super) orders: Vec<Order>,
    pub(super) oddities: Oddities,
}

fn records<T: DeserializeOwned>(dir: &Path, file: &str) -> Result<Vec<T>> {
    let path = dir.join(file);
    let mut reader =
        csv::Reader::from_path(&path).with_context(|| format!("cannot read {}", path.display()))?;
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .with_context(|| format!("{} has another form", path.display()))
}

/// An amount such as `44.99` in cents, exactly.
fn cents(text: &str) -> Result<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    let parse = |digits: &str| digits.parse::<i64>().with_context(|| format!("`{text}` is no amount"));
    Ok(parse(whole)? * 100 + parse(&part)?)
}

impl Dataset {
    /// Reads the files in `dir`.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let translations: Vec<TranslationRecord> = records(dir, "product_category_name_translation.csv")?;
        let (orders, oddities) = orders(dir)?;
        Ok(Self {
            sellers: records(dir, "olist_sellers.csv")?,
            products: records(dir, "olist_products.csv")?,
            categories: translations
                .into_iter()
                .map(|name| {
                    (name.product_category_name, name.product_category_name_english.replace('_', " "))
                })
                .collect(),
            orders,
            oddities,
        })
    }
}

impl Dataset {
    /// Keeps the first orders, and of the sellers and products those that they name.
    pub(super) fn keep_first(&mut self, orders: usize) {
        self.orders.truncate(orders);
        let units = || self.orders.iter().flat_map(|order| &order.units);
        let sellers: HashSet<&str> = units().map(|unit| unit.offer.seller.as_str()).collect();
        let products: HashSet<&str> = units().map(|unit| unit.offer.product.as_str()).collect();
        self.sellers.retain(|seller| sellers.contains(seller.id.as_str()));
        self.products.retain(|product| products.contains(product.id.as_str()));
    }
}

fn orders(dir: &Path) -> Result<(Vec<Order>, Oddities)> {
    let mut units: HashMap<String, (Vec<Unit>, i64)> = HashMap::new();
    for item in records::<ItemRecord>(dir, "olist_order_items.csv")? {
        let price = cents(&item.price)?;
        let entry = units.entry(item.order_id).or_default();
        let freight_cents = cents(&item.freight_value)?;
        let offer = Offer { product: item.product_id, seller: item.seller_id, cents: price };
        entry.0.push(Unit { offer, freight_cents });
        entry.1 += price + freight_cents;
    }
    let mut paid: HashMap<String, (i64, bool)> = HashMap::new();
    for payment in records::<PaymentRecord>(dir, "olist_order_payments.csv")? {
        let entry = paid.entry(payment.order_id).or_default();
        entry.0 += cents(&payment.payment_value)?;
        entry.1 |= payment.payment_type == "boleto";
    }
    let customers: HashMap<String, Customer> = records::<CustomerRecord>(dir, "olist_customers.csv")?
        .into_iter()
        .map(|found| {
            let customer =
                Customer { id: found.person, zip: found.zip, city: found.city, state: found.state };
            (found.id, customer)
        })
        .collect();
    let mut oddities = Oddities::default();
    let mut orders = Vec::new();
    for record in records::<OrderRecord>(dir, "olist_orders.csv")? {
        let Some((units, due)) = units.remove(&record.order_id) else {
            oddities.orders_without_items += 1;
            continue;
        };
        oddities.times_out_of_order += usize::from(is_out_of_order(&record));
        let payment = paid.get(&record.order_id);
        oddities.payments_that_differ +=
            usize::from(payment.is_some_and(|(paid, _)| (paid - due).abs() > TOLERANCE_CENTS));
        let customer =
            customers.get(&record.customer_id).context("an order has an unknown customer")?.clone();
        orders.push(Order {
            id: record.order_id,
            customer,
            status: record.order_status,
            was_paid: !record.order_approved_at.is_empty(),
            is_cash: payment.is_some_and(|(_, is_cash)| *is_cash),
            units,
        });
    }
    Ok((orders, oddities))
}

/// Whether the times of an order, which sort as texts, do not follow each other.
fn is_out_of_order(order: &OrderRecord) -> bool {
    let times = [
        &order.order_purchase_timestamp,
        &order.order_approved_at,
        &order.order_delivered_carrier_date,
        &order.order_delivered_customer_date,
    ];
    let known: Vec<_> = times.into_iter().filter(|time| !time.is_empty()).collect();
    !known.is_sorted()
}
