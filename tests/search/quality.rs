//! How good the answers are, by judged queries.
//!
//! `icecat.jsonl` is a sample of the open Icecat catalogue (Open Content License, <https://icecat.biz>);
//! `SOUK_TEST_ICECAT` may name a larger one of the same form. The judgements are rules over the texts, written
//! without looking at what the search answers.

use std::collections::HashMap;
use std::path::PathBuf;

use marketplace::catalog::attributes::GivenValues;
use marketplace::catalog::products::{self, NewProduct, SaleTerms, Schedule, Specs, WantedStatus};
use marketplace::catalog::variants::{Assortment, NewVariant};
use marketplace::vendors::{Membership, Role, VendorStatus};
use testing::{TestApp, Value};
use types::{Money, StockLevel};

/// The mean that must be reached, in thousandths.
const LEAST: u32 = 700;

struct Judged {
    query: String,
    best: String,
    also: String,
}

fn judged() -> Vec<Judged> {
    let lines = include_str!("judged.tsv").lines().filter(|line| !line.starts_with('#'));
    let judge = |line: &str| {
        let mut columns = line.split('\t').map(ToOwned::to_owned);
        Judged {
            query: columns.next().unwrap(),
            best: columns.next().unwrap(),
            also: columns.next().unwrap(),
        }
    };
    lines.map(judge).collect()
}

fn has(text: &str, words: &str) -> bool {
    words.split(' ').all(|word| word.split('|').any(|form| text.contains(form)))
}

impl Judged {
    fn gain(&self, text: &str) -> f64 {
        if has(text, &self.best) {
            7.0
        } else if has(text, &self.also) {
            1.0
        } else {
            0.0
        }
    }

    /// The discounted gain of the first ten answers, as a share of what was possible.
    #[expect(clippy::float_arithmetic, reason = "a measure of ranking is a fraction")]
    fn ndcg(&self, answers: &[String], all: &[String]) -> f64 {
        let discounted = |gains: &[f64]| -> f64 {
            (0_u32..).zip(gains.iter().take(10)).map(|(place, gain)| gain / f64::from(place + 2).log2()).sum()
        };
        let mut ideal: Vec<f64> = all.iter().map(|text| self.gain(text)).collect();
        ideal.sort_by(|one, other| other.total_cmp(one));
        let gains: Vec<f64> = answers.iter().map(|text| self.gain(text)).collect();
        discounted(&gains) / discounted(&ideal)
    }
}

fn text(title: &str, supplier: &str, sku: &str) -> String {
    format!("{title} {supplier} {sku}").to_lowercase()
}

fn new_product(line: &Value) -> Option<NewProduct> {
    let variant = NewVariant {
        sku: line["sku"].as_str()?.parse().ok(),
        price: Money::from_minor(line["price"].as_i64()?.max(1)),
        discount: None,
        stock: StockLevel::new(5)?,
        weight: None,
        gtin: None,
        low_stock: None,
    };
    Some(NewProduct {
        title: line["title"].as_str()?.trim().parse().ok()?,
        description: line["description"].as_str().and_then(|text| text.parse().ok()),
        category: None,
        specs: Specs::new(line["specs"].as_object()?.clone()).ok()?,
        status: WantedStatus::Published,
        attributes: GivenValues::default(),
        terms: SaleTerms::default(),
        schedule: Schedule::default(),
        variants: Assortment::simple(variant).ok()?,
        import_key: None,
    })
}

async fn fill(app: &TestApp) -> Vec<String> {
    let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("search/icecat.jsonl");
    let path = std::env::var_os("SOUK_TEST_ICECAT").map_or(sample, PathBuf::from);
    let content = std::fs::read_to_string(path).unwrap();
    let mut by_supplier: HashMap<String, Vec<NewProduct>> = HashMap::new();
    let mut texts = Vec::new();
    for line in content.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let supplier = line["supplier"].as_str().unwrap();
        if let Some(new) = new_product(&line) {
            texts.push(text(new.title.as_str(), supplier, line["sku"].as_str().unwrap()));
            by_supplier.entry(supplier.to_owned()).or_default().push(new);
        }
    }
    for (number, (supplier, goods)) in (0..).zip(by_supplier) {
        let seller = app.seller(&format!("s{number}")).await;
        let path = format!("/v1/vendors/{}", seller.vendor);
        let _ = seller.patch(&path, testing::json!({"name": supplier})).await.expect(200);
        let by = Membership {
            vendor: seller.vendor,
            user: seller.user.unwrap(),
            role: Role::Owner,
            status: VendorStatus::Accepted,
        };
        for goods in goods.chunks(200) {
            let (market, goods) = (app.market.clone(), goods.to_vec());
            let write = async move |tx: &mut db::Tx| -> marketplace::Result<()> {
                for new in &goods {
                    products::create(tx, &market, &by, new).await?;
                }
                Ok(())
            };
            app.market.db.write(write).await.unwrap();
        }
    }
    texts
}

#[tokio::test]
async fn judged_queries_are_answered_well() {
    let app = TestApp::start().await;
    let all = fill(&app).await;
    app.searches().await;
    let public = app.anonymous();
    let (mut sum, mut count) = (0.0, 0_u32);
    for judged in judged() {
        let query = judged.query.replace(' ', "+");
        let list = public.get(&format!("/v1/products?q={query}&limit=10")).await.expect(200);
        let answers: Vec<String> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|card| {
                let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                text(&part(&card["title"]), &part(&card["vendor"]["name"]), &part(&card["sku"]))
            })
            .collect();
        let ndcg = judged.ndcg(&answers, &all);
        println!("{ndcg:.3} {} ({} found)", judged.query, list["total"]);
        if ndcg.is_finite() {
            sum += ndcg;
            count += 1;
        }
    }
    let mean = sum / f64::from(count);
    println!("nDCG@10 of {count} queries: {mean:.3}");
    assert!(count >= 60, "{count} queries have an answer");
    assert!(mean * 1_000.0 >= f64::from(LEAST), "nDCG@10 is {mean:.3}");
    app.stop().await;
}
