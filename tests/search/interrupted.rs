//! An index that was not finished: whoever comes next goes on from there.

use db::{Stmt, params};
use marketplace::search;
use testing::{TestApp, json};
use types::ProductId;

use super::titles;

static RENAME: Stmt = Stmt::new("UPDATE products SET title = 'renamed' WHERE id = $1");

const PRODUCTS: usize = 9;

#[tokio::test]
async fn an_index_that_was_begun_is_gone_on_with() {
    let app = TestApp::start().await;
    app.market.search().set_part(2);
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    let mut first = None;
    for number in 0..PRODUCTS {
        let made = seller.product(&format!("lamp{number}"), 100, 1).await;
        first = first.or(made["id"].as_str().map(|id| id.parse::<ProductId>().unwrap()));
    }
    let market = app.market.clone();
    let building =
        tokio::spawn(async move { search::rebuild(&market, &|done, _| assert!(done < 5, "stopped")).await });
    assert!(building.await.is_err(), "it was stopped");
    // Nobody is told: only an index that begins anew sees it.
    let renamed: marketplace::Result<()> =
        app.market.db.write(async move |tx| Ok(tx.exec(&RENAME, params![first]).await.map(drop)?)).await;
    renamed.unwrap();
    app.searches().await;
    assert_eq!(titles(&public, "q=lamp0").await, ["renamed"]);
    for number in 1..PRODUCTS {
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
