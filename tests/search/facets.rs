//! Facets count what the lists hold.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use testing::{Actor, TestApp, Value, json};

use super::category;

/// A product as the model has it.
#[derive(Debug, Clone)]
struct Model {
    category: usize,
    seller: usize,
    price: i64,
    off: i64,
    stock: i64,
    color: usize,
}

const COLORS: [&str; 3] = ["Red", "Green", "Blue"];

/// A filter: every part may be absent.
#[derive(Debug, Clone, Default)]
struct Asked {
    category: Option<usize>,
    seller: Option<usize>,
    prices: Option<(i64, i64)>,
    in_stock: Option<bool>,
    on_sale: Option<bool>,
    color: Option<usize>,
}

impl Asked {
    /// Category 0 lies above 1 and 2.
    fn lets_through(&self, product: &Model) -> bool {
        let price = product.price - product.off;
        self.category.is_none_or(|wanted| wanted == product.category || (wanted == 0 && product.category < 3))
            && self.seller.is_none_or(|wanted| wanted == product.seller)
            && self.prices.is_none_or(|(least, most)| (least..=most).contains(&price))
            && (self.in_stock != Some(true) || product.stock > 0)
            && (self.on_sale != Some(true) || product.off > 0)
            && self.color.is_none_or(|wanted| wanted == product.color)
    }

    fn query(&self, categories: &[Value], sellers: &[String]) -> String {
        let mut query = String::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                query.extend(["&", name, "=", &value]);
            }
        };
        add(
            "category",
            self.category.map(|category| categories[category]["slug"].as_str().unwrap().to_owned()),
        );
        add("vendor", self.seller.map(|seller| sellers[seller].clone()));
        add("min_price", self.prices.map(|(least, _)| least.to_string()));
        add("max_price", self.prices.map(|(_, most)| most.to_string()));
        add("in_stock", self.in_stock.map(|wanted| wanted.to_string()));
        add("on_sale", self.on_sale.map(|wanted| wanted.to_string()));
        add("attribute", self.color.map(|color| format!("Color:{}", COLORS[color])));
        query
    }
}

fn product() -> impl Strategy<Value = Model> {
    (0..4_usize, 0..2_usize, 100..30_000_i64, 0..2_i64, 0..2_i64, 0..3_usize).prop_map(
        |(category, seller, price, sale, stock, color)| Model {
            category,
            seller,
            price,
            off: sale * 50,
            stock,
            color,
        },
    )
}

fn asked() -> impl Strategy<Value = Asked> {
    use proptest::option::of;
    let prices = (0..30_000_i64, 0..30_000_i64).prop_map(|(one, other)| (one.min(other), one.max(other)));
    (of(0..4_usize), of(0..2_usize), of(prices), of(any::<bool>()), of(any::<bool>()), of(0..3_usize))
        .prop_map(|(category, seller, prices, in_stock, on_sale, color)| Asked {
            category,
            seller,
            prices,
            in_stock,
            on_sale,
            color,
        })
}

fn counts<K: Ord>(products: &[Model], asked: &Asked, key: impl Fn(&Model) -> K) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    for product in products.iter().filter(|product| asked.lets_through(product)) {
        *counts.entry(key(product)).or_default() += 1;
    }
    counts
}

fn flat(facets: &[Value], counts: &mut BTreeMap<String, u64>) {
    for facet in facets {
        counts.insert(facet["name"].as_str().unwrap().to_owned(), facet["count"].as_u64().unwrap());
        flat(facet["children"].as_array().unwrap(), counts);
    }
}

#[tokio::test]
async fn facets_equal_a_count_of_everything() {
    let app = TestApp::start().await;
    app.searches().await;
    let admin = app.admin().await;
    let home = category(&admin, "Home", None).await;
    let categories = vec![
        home.clone(),
        category(&admin, "Lamps", Some(&home)).await,
        category(&admin, "Rugs", Some(&home)).await,
        category(&admin, "Toys", None).await,
    ];
    let sellers = [app.seller("maya").await, app.seller("noor").await];
    let mut runner = TestRunner::new(Config::with_cases(1));
    let mut products = Vec::new();
    for number in 0..40 {
        let model = product().new_tree(&mut runner).unwrap().current();
        let mut fields = json!({"title": format!("thing {number}"), "price": model.price, "stock": model.stock,
            "category_id": categories[model.category]["id"], "specs": {"Color": COLORS[model.color]}});
        if model.off > 0 {
            fields["discount"] = json!({"amount": model.off});
        }
        sellers[model.seller].product_with(fields).await;
        products.push(model);
    }
    let slugs: Vec<String> = sellers.iter().map(|seller| seller.slug.clone()).collect();
    let public = app.anonymous();
    for _ in 0..60 {
        let asked = asked().new_tree(&mut runner).unwrap().current();
        for words in ["", "q=thing"] {
            compare(&public, &format!("{words}{}", asked.query(&categories, &slugs)), &asked, &products)
                .await;
        }
    }
    app.stop().await;
}

async fn compare(public: &Actor, query: &str, asked: &Asked, products: &[Model]) {
    let list = public.get(&format!("/v1/products?{query}&facets=true&limit=100")).await.expect(200);
    let found = products.iter().filter(|product| asked.lets_through(product)).count();
    assert_eq!(
        (list["total"].as_u64(), list["data"].as_array().unwrap().len()),
        (Some(found as u64), found),
        "{query}"
    );
    let facets = &list["facets"];
    let array = |name: &str| facets[name].as_array().unwrap().clone();

    let mut categories = BTreeMap::new();
    flat(&array("categories"), &mut categories);
    let own = counts(products, &Asked { category: None, ..asked.clone() }, |product| product.category);
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for (category, count) in own {
        let path: &[&str] = [&["Home"][..], &["Home", "Lamps"], &["Home", "Rugs"], &["Toys"]][category];
        for name in path {
            *wanted.entry((*name).to_owned()).or_default() += count;
        }
    }
    assert_eq!(categories, wanted, "{query}");

    let vendors: BTreeMap<String, u64> = array("vendors")
        .iter()
        .map(|facet| (facet["slug"].as_str().unwrap().to_owned(), facet["count"].as_u64().unwrap()))
        .collect();
    let wanted = counts(products, &Asked { seller: None, ..asked.clone() }, |product| {
        ["shop-of-maya", "shop-of-noor"][product.seller].to_owned()
    });
    assert_eq!(vendors, wanted, "{query}");

    for band in array("price_bands") {
        let (least, most) = (band["min"].as_i64().unwrap(), band["max"].as_i64().unwrap_or(i64::MAX));
        let inside = |product: &&Model| (least..=most).contains(&(product.price - product.off));
        let open = Asked { prices: None, ..asked.clone() };
        let count = products.iter().filter(|product| open.lets_through(product)).filter(inside).count();
        assert_eq!(band["count"], count, "{query}: {band}");
    }
    let banded: u64 = array("price_bands").iter().map(|band| band["count"].as_u64().unwrap()).sum();
    let wanted: u64 = counts(products, &Asked { prices: None, ..asked.clone() }, |_| ()).values().sum();
    assert_eq!(banded, wanted, "{query}");

    let attributes = array("attributes");
    let colors: BTreeMap<String, u64> = attributes
        .iter()
        .filter(|facet| facet["name"] == "Color")
        .flat_map(|facet| facet["values"].as_array().unwrap())
        .map(|value| (value["value"].as_str().unwrap().to_owned(), value["count"].as_u64().unwrap()))
        .collect();
    let wanted =
        counts(products, &Asked { color: None, ..asked.clone() }, |product| COLORS[product.color].to_owned());
    assert_eq!(colors, wanted, "{query}");
}
