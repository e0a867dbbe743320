//! Slugs that are given up go on leading to their category.

use testing::{TestApp, json};

use super::{create, path};

#[tokio::test]
async fn an_old_slug_leads_to_the_category_for_ever() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let public = app.anonymous();
    let pots = create(&admin, "Pots", None).await;
    let vases = create(&admin, "Vases", None).await;
    let seller = app.seller("maya").await;
    seller.product_with(json!({"title": "Cup", "price": 1, "stock": 1, "category_id": pots["id"]})).await;

    let renamed =
        admin.patch(&path(&pots), json!({"name": "Tea pots", "slug": "tea-pots"})).await.expect(200);
    assert_eq!(renamed["slug"], "tea-pots");
    for slug in ["pots", "tea-pots"] {
        assert_eq!(public.get(&format!("/v1/categories/{slug}")).await.expect(200)["id"], pots["id"]);
        let list = public.get(&format!("/v1/products?category={slug}")).await.expect(200);
        assert_eq!(list["data"][0]["category"]["slug"], "tea-pots");
    }
    // Neither a new category nor another one gets it; its own can have it back.
    assert_eq!(create(&admin, "Pots", None).await["slug"], "pots-2");
    for taken in ["pots", "tea-pots"] {
        admin.patch(&path(&vases), json!({"slug": taken})).await.expect_problem(409, "slug_taken");
    }
    assert_eq!(public.get("/v1/categories/vases").await.expect(200)["slug"], "vases");
    admin.patch(&path(&pots), json!({"slug": "pots"})).await.expect(200);
    assert_eq!(public.get("/v1/categories/tea-pots").await.expect(200)["slug"], "pots");
    app.stop().await;
}

#[tokio::test]
async fn slugs_have_a_form() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let pots = create(&admin, "Pots", None).await;
    for wrong in ["Pots", "a b", "-a", "a--b", "a_b", "cat_0AXS751X00W7C", ""] {
        let answer = admin.patch(&path(&pots), json!({"slug": wrong})).await;
        assert_eq!(answer.expect_invalid(), ["/slug not_allowed"], "{wrong}");
    }
    let answer = admin.patch(&path(&pots), json!({"slug": "x".repeat(81)})).await;
    assert_eq!(answer.expect_invalid(), ["/slug too_long"]);
    assert_eq!(admin.patch(&path(&pots), json!({"slug": null})).await.expect_invalid(), ["/slug wrong_type"]);
    app.stop().await;
}
