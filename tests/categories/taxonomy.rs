//! A taxonomy of the size that marketplaces really use.

use marketplace::catalog::categories::{self, NewCategory};
use testing::{TestApp, Value};
use types::CategoryId;

/// As many as Google's product taxonomy has, in 21 roots of seven levels.
const NODES: usize = 5_595;

#[tokio::test]
async fn thousands_of_categories_come_whole_and_in_order() {
    let app = TestApp::start().await;
    let market = app.market.clone();
    let made: marketplace::Result<()> = app
        .market
        .db
        .write(async move |tx| {
            let mut made: Vec<CategoryId> = Vec::new();
            for index in 0..NODES {
                // Each has six children at most, the first 21 none above them.
                let parent_id = index.checked_sub(21).map(|below| made[below / 6]);
                let name = format!("Category {index}").parse().expect("a name");
                let new = NewCategory { name, parent_id, position: None };
                let path = categories::create(tx, &market, &new).await?;
                made.push(path.last().expect("the new one").id);
            }
            Ok(())
        })
        .await;
    made.expect("the categories are made");

    let first = app.anonymous().get("/v1/categories").await;
    let tree = first.expect(200);
    assert_eq!(tree["data"].as_array().unwrap().len(), 21);
    assert_eq!(count(&tree["data"]), NODES);
    let admin = app.admin().await;
    super::create(&admin, "One more", None).await;
    let second = app.anonymous().get("/v1/categories").await;
    assert_ne!(first.header("etag"), second.header("etag"), "a change shows at once");
    assert_eq!(count(&second.expect(200)["data"]), NODES + 1);
    app.stop().await;
}

fn count(nodes: &Value) -> usize {
    let nodes = nodes.as_array().expect("a list of categories");
    nodes.len() + nodes.iter().map(|node| count(&node["children"])).sum::<usize>()
}
