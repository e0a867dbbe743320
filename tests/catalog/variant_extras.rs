//! GTINs and images of variants.

use testing::{TestApp, Value, json};

#[tokio::test]
async fn a_gtin_has_a_right_check_digit() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let cup =
        seller.product_with(json!({"title": "Cup", "price": 1, "stock": 1, "gtin": "4006381333931"})).await;
    assert_eq!(cup["variants"][0]["gtin"], "4006381333931");
    let variant = format!("/v1/variants/{}", cup["variants"][0]["id"].as_str().unwrap());
    for good in ["96385074", "036000291452", "10614141000415"] {
        assert_eq!(seller.patch(&variant, json!({"gtin": good})).await.expect(200)["gtin"], good);
    }
    for wrong in ["4006381333932", "123", "", "40063813339 1", "abcdefgh"] {
        assert_eq!(
            seller.patch(&variant, json!({"gtin": wrong})).await.expect_invalid(),
            ["/gtin malformed"]
        );
    }
    let cleared = seller.patch("/v1/products/cup", json!({"gtin": null})).await.expect(200);
    assert_eq!(cleared["variants"][0]["gtin"], Value::Null);
    app.stop().await;
}

#[tokio::test]
async fn a_variant_is_shown_by_an_image_of_its_product() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let (cup, pot) = (seller.product("Cup", 1, 1).await, seller.product("Pot", 1, 1).await);
    let picture = super::pictures::png(20, 20, 255);
    let add = async |slug: &str| {
        let address = format!("/v1/products/{slug}/images");
        let answer = seller.upload(&address, &[("file", Some("a.png"), &picture)]).await.expect(201);
        let shown = seller.get(&format!("/v1/products/{slug}")).await.expect(200);
        drop(answer);
        shown["images"][0]["id"].clone()
    };
    let (own, foreign) = (add("cup").await, add("pot").await);
    let variant = format!("/v1/variants/{}", cup["variants"][0]["id"].as_str().unwrap());
    assert_eq!(seller.patch(&variant, json!({"image_id": own})).await.expect(200)["image_id"], own);
    for wrong in [&foreign, &json!("img_0AXS751X00W7C")] {
        let answer = seller.patch(&variant, json!({"image_id": wrong})).await;
        assert_eq!(answer.expect_invalid(), ["/image_id not_found"]);
    }
    assert_eq!(
        seller.patch(&variant, json!({"image_id": pot["id"]})).await.expect_invalid(),
        ["/image_id malformed_id"]
    );
    seller.delete(&format!("/v1/products/cup/images/{}", own.as_str().unwrap())).await.expect(204);
    let shown = app.anonymous().get("/v1/products/cup").await.expect(200);
    assert_eq!(shown["variants"][0]["image_id"], Value::Null);
    app.stop().await;
}
