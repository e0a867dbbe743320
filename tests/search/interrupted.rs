//! An index that was not finished: whoever comes next goes on from there.

use std::fs;

use marketplace::search;
use testing::{TestApp, json};

use super::titles;

const PRODUCTS: usize = 9;

#[tokio::test]
async fn an_index_that_was_begun_is_gone_on_with() {
    let app = TestApp::start().await;
    app.market.search().set_part(2);
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    for number in 0..PRODUCTS {
        seller.product(&format!("lamp{number}"), 100, 1).await;
    }
    let market = app.market.clone();
    let building =
        tokio::spawn(async move { search::rebuild(&market, &|done, _| assert!(done < 5, "stopped")).await });
    assert!(building.await.is_err(), "it was stopped");
    let folder = app.data_dir().join("search");
    let begun: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    app.searches().await;
    let counts = fs::read_to_string(folder.join("current")).unwrap();
    assert_eq!(begun, [counts.as_str()], "it is the one that was begun");
    for number in 0..PRODUCTS {
        let title = format!("lamp{number}");
        assert_eq!(titles(&public, &format!("q={title}")).await, [title]);
    }
    assert_eq!(titles(&public, "limit=100").await.len(), PRODUCTS);
    app.stop().await;
}

#[tokio::test]
async fn changes_that_were_half_taken_in_are_gone_on_with() {
    let app = TestApp::start().await;
    app.market.search().set_part(2);
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    app.searches().await;
    app.stops_searching().await;
    let mut pages = Vec::new();
    for number in 0..PRODUCTS {
        let made = seller.product(&format!("lamp{number}"), 100, 1).await;
        pages.push(format!("/v1/products/{}", made["id"].as_str().unwrap()));
    }
    for number in 0..4 {
        app.searches().await;
        // What is in it already changes again, and so does what is not.
        for page in [&pages[number], &pages[PRODUCTS - 1 - number]] {
            seller.patch(page, json!({"title": format!("torch{number}")})).await.expect(200);
        }
        app.stops_searching().await;
    }
    app.searches().await;
    for number in 0..4 {
        let title = format!("torch{number}");
        assert_eq!(titles(&public, &format!("q={title}")).await, [title.clone(), title]);
    }
    assert_eq!(titles(&public, "q=lamp4").await, ["lamp4"]);
    assert_eq!(titles(&public, "limit=100").await.len(), PRODUCTS);
    app.stop().await;
}
