//! Whatever happens between two pages: each product that nothing happened to is on one of them, none comes twice,
//! and each page is in order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use testing::{Seller, TestApp, Value, json};

/// Stories that are lived in each manner of listing.
const STORIES: usize = 25;

const SORTS: [&str; 6] = ["newest", "price", "-price", "rating", "best_selling", "relevance"];

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Event {
    /// Another product is offered at a price.
    Offered(i64),
    /// A draft is published.
    Published(usize),
    /// A product costs something else.
    Repriced(usize, i64),
    /// A product is taken away.
    Archived(usize),
}

#[derive(Debug, Clone)]
struct Story {
    sort: &'static str,
    limit: usize,
    /// The prices of what there is at first, and whether it is published.
    begin: Vec<(i64, bool)>,
    /// What happens after each page.
    events: Vec<Vec<Event>>,
}

fn story() -> impl Strategy<Value = Story> {
    // Few prices, so that many products cost the same.
    let price = || 100..105_i64;
    let which = || 0..12_usize;
    let event = prop_oneof![
        3 => price().prop_map(Event::Offered),
        2 => which().prop_map(Event::Published),
        2 => (which(), price()).prop_map(|(which, price)| Event::Repriced(which, price)),
        1 => which().prop_map(Event::Archived),
    ];
    let begin = proptest::collection::vec((price(), proptest::bool::weighted(0.8)), 1..12);
    let events = proptest::collection::vec(proptest::collection::vec(event, 0..4), 12);
    (proptest::sample::select(&SORTS[..]), 1..5_usize, begin, events)
        .prop_map(|(sort, limit, begin, events)| Story { sort, limit, begin, events })
}

/// What became of the products of a story.
#[derive(Default)]
struct World {
    /// The identifiers of those that there were at first.
    ids: Vec<String>,
    /// Those that were for sale at first, and to which nothing happened.
    untouched: BTreeSet<String>,
    /// Those whose price was changed: in an order of prices they may come again.
    repriced: BTreeSet<String>,
}

impl World {
    async fn begin(seller: &Seller, story: &Story) -> Self {
        let mut world = Self::default();
        for (number, (price, is_published)) in story.begin.iter().enumerate() {
            let status = if *is_published { "published" } else { "draft" };
            let id = offer(seller, number, *price, status).await;
            if *is_published {
                world.untouched.insert(id.clone());
            }
            world.ids.push(id);
        }
        world
    }

    /// Drafts are published once, and what is archived stays so: what is refused is part of the story.
    async fn live(&mut self, seller: &Seller, event: &Event, number: usize) {
        let nth = |which: &usize| self.ids[which % self.ids.len()].clone();
        let id = match event {
            Event::Offered(price) => {
                offer(seller, 100 + number, *price, "published").await;
                return;
            }
            Event::Published(which) => {
                let id = nth(which);
                if !self.untouched.contains(&id) {
                    seller.patch(&format!("/v1/products/{id}"), json!({"status": "published"})).await;
                }
                return;
            }
            Event::Repriced(which, price) => {
                let id = nth(which);
                seller.patch(&format!("/v1/products/{id}"), json!({"price": price})).await;
                self.repriced.insert(id.clone());
                id
            }
            Event::Archived(which) => {
                let id = nth(which);
                seller.delete(&format!("/v1/products/{id}")).await;
                id
            }
        };
        self.untouched.remove(&id);
    }
}

async fn offer(seller: &Seller, number: usize, price: i64, status: &str) -> String {
    let words = "lamp ".repeat(1 + number % 3);
    let fields = json!({"title": format!("old {words}{number}"), "price": price, "stock": 1, "status": status,
        "description": "light ".repeat(1 + number % 4)});
    let made = seller.product_with(fields).await;
    made["id"].as_str().unwrap().to_owned()
}

/// The pages of a list, while the story goes on between them.
async fn lived(seller: &Seller, story: &Story, words: &str) -> (World, Vec<Vec<Value>>) {
    let mut world = World::begin(seller, story).await;
    let (mut pages, mut cursor, mut number) = (Vec::new(), String::new(), 0);
    let Story { sort, limit, .. } = story;
    for page in 0.. {
        let path = format!("/v1/products?{words}vendor={}&limit={limit}&sort={sort}{cursor}", seller.slug);
        let answer = seller.get(&path).await.expect(200);
        pages.push(answer["data"].as_array().unwrap().clone());
        let Some(next) = answer["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        for event in story.events.get(page).into_iter().flatten() {
            number += 1;
            world.live(seller, event, number).await;
        }
    }
    (world, pages)
}

/// Proves what must hold of the pages.
fn check(story: &Story, world: &World, pages: &[Vec<Value>]) {
    let cards: Vec<&Value> = pages.iter().flatten().collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for card in &cards {
        *times.entry(card["id"].as_str().unwrap()).or_default() += 1;
    }
    for id in &world.untouched {
        assert_eq!(times.get(id.as_str()), Some(&1), "{id} comes once: {story:#?} {pages:#?}");
    }
    let by_price = story.sort.ends_with("price");
    for (id, times) in times {
        let may_come_again = by_price && world.repriced.contains(id);
        assert!(times == 1 || may_come_again, "{id} comes {times} times: {story:#?} {pages:#?}");
    }
    if by_price {
        let prices: Vec<i64> = cards.iter().map(|card| card["price"]["amount"].as_i64().unwrap()).collect();
        let goes_on =
            |pair: &[i64]| if story.sort == "price" { pair[0] <= pair[1] } else { pair[0] >= pair[1] };
        assert!(prices.windows(2).all(goes_on), "{story:#?} {prices:?}");
    }
    let full = pages.split_last().map_or(&[][..], |(_, before)| before);
    assert!(full.iter().all(|page| page.len() == story.limit), "only the last page is short: {story:#?}");
}

async fn all_stories(is_indexed: bool, words: &str) {
    let app = TestApp::start().await;
    if is_indexed {
        app.searches().await;
    }
    let mut runner = TestRunner::deterministic();
    for number in 0..STORIES {
        let story = story().new_tree(&mut runner).unwrap().current();
        // A shop of its own: each story is the whole list that it turns over.
        let seller = app.seller(&format!("maya{number}")).await;
        let (world, pages) = lived(&seller, &story, words).await;
        check(&story, &world, &pages);
    }
    app.stop().await;
}

#[tokio::test]
async fn pages_of_the_database_show_each_product_once() {
    all_stories(false, "").await;
}

#[tokio::test]
async fn pages_of_words_in_the_database_show_each_product_once() {
    all_stories(false, "q=old&").await;
}

#[tokio::test]
async fn pages_of_the_index_show_each_product_once() {
    all_stories(true, "").await;
}

#[tokio::test]
async fn pages_of_a_search_show_each_product_once() {
    all_stories(true, "q=old+lamp+light&").await;
}
