//! Pages that stay in order while products come and go.

use std::collections::BTreeSet;

use testing::{TestApp, json};

/// Every order shows each product of the beginning once, though new ones arrive between the pages.
#[tokio::test]
async fn pages_are_stable_while_products_arrive() {
    for (is_indexed, words) in [(false, "q=old&"), (false, ""), (true, "")] {
        let app = TestApp::start().await;
        if is_indexed {
            app.searches().await;
        }
        turn_pages(app, words).await;
    }
}

async fn turn_pages(app: TestApp, words: &str) {
    let seller = app.seller("maya").await;
    for number in 0..11 {
        seller.product(&format!("old {number}"), 100 + number % 3, 1).await;
    }
    let public = app.anonymous();
    for (round, sort) in (0_i64..).zip(["newest", "price", "-price", "rating", "best_selling"]) {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/products?{words}limit=4&sort={sort}{cursor}");
            let page = public.get(&path).await.expect(200);
            let cards = page["data"].as_array().unwrap();
            seen.extend(cards.iter().map(|card| card["title"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            seller.product(&format!("new old {round} {}", seen.len()), 50 + 100 * (round % 2), 1).await;
        }
        let old: Vec<_> = seen.iter().filter(|title| title.starts_with("old")).collect();
        let distinct: BTreeSet<_> = old.iter().collect();
        assert_eq!((old.len(), distinct.len()), (11, 11), "{sort}: {seen:?}");
    }
    app.stop().await;
}

/// A list goes on where it was, whether the database or the index lists the next page.
#[tokio::test]
async fn pages_go_on_when_there_is_an_index() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    for number in 0..7 {
        seller.product(&format!("product {number}"), 100 + number % 2, 1).await;
    }
    let public = app.anonymous();
    let page = async |sort: &str, cursor: &str| {
        let page = public.get(&format!("/v1/products?limit=3&sort={sort}{cursor}")).await.expect(200);
        let cards = page["data"].as_array().unwrap().iter();
        let titles: Vec<String> = cards.map(|card| card["title"].as_str().unwrap().to_owned()).collect();
        (titles, page["next_cursor"].as_str().map(|next| format!("&cursor={next}")))
    };
    let sorts = ["newest", "price", "-price", "rating", "best_selling", "relevance"];
    let mut begun = Vec::new();
    for sort in sorts {
        begun.push(page(sort, "").await);
    }
    app.searches().await;
    for (sort, (mut titles, cursor)) in sorts.into_iter().zip(begun) {
        let (second, next) = page(sort, &cursor.unwrap()).await;
        // A product that was not there is not in the way.
        seller.product(&format!("new {sort}"), 999, 1).await;
        let (third, _) = page(sort, &next.unwrap()).await;
        titles.extend(second.into_iter().chain(third));
        let old: BTreeSet<&String> = titles.iter().filter(|title| title.starts_with("product")).collect();
        let once = titles.iter().filter(|title| title.starts_with("product")).count();
        assert_eq!((old.len(), once), (7, 7), "{sort}: {titles:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_cursor_belongs_to_its_order() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    for number in 0..3 {
        seller.product(&format!("product {number}"), 100, 1).await;
    }
    let public = app.anonymous();
    let page = public.get("/v1/products?limit=2&sort=price").await.expect(200);
    assert_eq!(page["total"], 3);
    let cursor = page["next_cursor"].as_str().unwrap();
    let wrong = public.get(&format!("/v1/products?limit=2&sort=newest&cursor={cursor}")).await;
    assert_eq!(wrong.expect_invalid(), ["/cursor malformed"]);
    let next = public.get(&format!("/v1/products?limit=2&sort=price&cursor={cursor}")).await.expect(200);
    assert_eq!((next["data"].as_array().unwrap().len(), &next["total"]), (1, &json!(null)));
    let counted = format!("/v1/products?limit=2&sort=price&cursor={cursor}&total=true");
    assert_eq!(public.get(&counted).await.expect(200)["total"], 3);
    app.stop().await;
}
