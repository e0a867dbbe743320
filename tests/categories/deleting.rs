//! What may go and what stays.

use testing::{TestApp, json};

use super::{create, path};

#[tokio::test]
async fn a_category_with_children_stays() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let top = create(&admin, "Top", None).await;
    let child = create(&admin, "Child", Some(&top)).await;
    admin.delete(&path(&top)).await.expect_problem(409, "category_in_use");
    admin.delete(&path(&child)).await.expect(204);
    admin.delete(&path(&top)).await.expect(204);
    admin.delete(&path(&top)).await.expect_problem(404, "not_found");
    assert_eq!(app.anonymous().get("/v1/categories").await.expect(200)["data"], json!([]));
    app.stop().await;
}

/// A child that arrives while its parent goes either keeps the parent or finds none.
#[tokio::test]
async fn deleting_and_adding_below_at_once_leaves_no_orphan() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for round in 0..5 {
        let top = create(&admin, &format!("Top {round}"), None).await;
        let top_path = path(&top);
        let below = json!({"name": "Child", "parent_id": top["id"]});
        let (deleted, added) =
            tokio::join!(admin.delete(&top_path), admin.post("/v1/admin/categories", below));
        match (deleted.status.as_u16(), added.status.as_u16()) {
            (204, 422) => {}
            (409, 201) => {
                deleted.expect_problem(409, "category_in_use");
            }
            other => panic!("{other:?}: {} {}", deleted.text(), added.text()),
        }
    }
    app.stop().await;
}
