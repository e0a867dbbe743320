//! Products, and what belongs to them.

use testing::json as object;

use super::cell::{empty, file, json, table};
use super::who::{
    admin, any_member, any_open_member, exactly, members, members_of_public, open, public, user,
};
use super::world::{id, picture};

table! { w =>
    "GET /v1/categories", open(200), empty();
    "GET /v1/categories/{id}", open(200), empty().at(w.category().await);
    "GET /v1/categories/{id}/attributes", open(200), empty().at(w.category().await);
    "POST /v1/admin/categories/import", admin(200), file(b"1 - Garden > Tools");
    "GET /v1/admin/categories/{id}/attributes", admin(200), empty().at(w.category().await);
    "POST /v1/admin/categories/{id}/attributes", admin(201),
        json(object!({"name": "Colour", "type": "text"})).at(w.category().await);
    "PATCH /v1/admin/categories/{id}/attributes/{attribute_id}", admin(200), {
        let (category, attribute) = w.attribute().await;
        json(object!({"name": "Hue"})).at(category).at(attribute)
    };
    "DELETE /v1/admin/categories/{id}/attributes/{attribute_id}", admin(204), {
        let (category, attribute) = w.attribute().await;
        empty().at(category).at(attribute)
    };
    "GET /v1/products", open(200), empty().query("q=marker");
    "GET /v1/products/suggest", open(200), empty().query("q=marker");
    "GET /v1/products/{id}", public(200), empty().at(id(&w.product));
    "GET /media/{name}", open(200), {
        let (_, image) = w.pictured().await;
        empty().at(image["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("an image has a name"))
    };

    "GET /v1/vendor/products", any_member(200), empty();
    "POST /v1/products", any_open_member(201), json(object!({
        "title": format!("Jug {}", w.number()), "description": "D", "price": 1, "stock": 1,
    }));
    "PATCH /v1/products/{id}", members_of_public(200), json(object!({"title": "Vase"})).at(w.fresh_product().await);
    "DELETE /v1/products/{id}", members_of_public(204), empty().at(w.fresh_product().await);
    "POST /v1/products/{id}/images", members_of_public(201), file(&picture()).at(w.fresh_product().await);
    "PATCH /v1/products/{id}/images", members_of_public(200), {
        let (product, image) = w.pictured().await;
        json(object!({"order": [image["id"]]})).at(product)
    };
    "PATCH /v1/products/{id}/images/{image}", members_of_public(200), {
        let (product, image) = w.pictured().await;
        json(object!({"alt": "A bowl"})).at(product).at(id(&image))
    };
    "DELETE /v1/products/{id}/images/{image}", members_of_public(204), {
        let (product, image) = w.pictured().await;
        empty().at(product).at(id(&image))
    };
    "POST /v1/products/{id}/variants", members_of_public(201), {
        let product = w.product_with_variants().await;
        json(object!({"options": {"Size": "L"}, "stock": 1})).at(id(&product))
    };
    "PATCH /v1/variants/{id}", members_of_public(200), json(object!({"price": 2})).at(w.variant().await);
    "DELETE /v1/variants/{id}", members_of_public(204), {
        empty().at(id(&w.product_with_variants().await["variants"][1]))
    };
    "POST /v1/variants/{id}/stock-adjustments", members_of_public(201),
        json(object!({"delta": 1, "reason": "Found"})).at(w.variant().await);
    "GET /v1/variants/{id}/stock-movements", members_of_public(200), empty().at(w.variant().await);

    "POST /v1/vendor/variants/bulk", any_member(200), json(object!({"variants": []}));
    "GET /v1/vendor/stock-alerts", any_member(200), empty();
    "PUT /v1/vendor/stock-alerts", any_member(200), json(object!({"threshold": 3}));
    "GET /v1/admin/products", admin(200), empty();
    "POST /v1/admin/products/{id}/approve", admin(200), empty().at(w.pending_product().await);
    "POST /v1/admin/products/{id}/request-changes", admin(200),
        json(object!({"reason": "Show it"})).at(w.pending_product().await);

    "POST /v1/vendor/imports", any_open_member(202), {
        w.app.run_jobs().await;
        file(format!("Handle,Title,Variant Price\njar{n},Jar,1.00\n", n = w.number()).as_bytes())
    };
    "GET /v1/vendor/imports", any_member(200), empty();
    "GET /v1/vendor/imports/{id}", members(200), empty().at(w.import().await);
    "GET /v1/vendor/exports/products.csv", any_member(200), empty();

    "GET /v1/products/{id}/reviews", public(200), empty().at(id(&w.product));
    // Only who has received the product.
    "POST /v1/products/{id}/reviews", exactly([401, 201, 403, 403, 403, 403, 403, 403, 403, 403]),
        json(object!({"rating": 5})).at(w.received().await);
    "GET /v1/reviews/{id}", public(200), empty().at(w.review().await);
    // Everybody can read it, so that nobody has to be told that there is none.
    "PATCH /v1/reviews/{id}", exactly([401, 200, 403, 403, 403, 403, 403, 403, 403, 403]),
        json(object!({"rating": 4})).at(w.review().await);
    "DELETE /v1/reviews/{id}", exactly([401, 204, 403, 403, 403, 403, 403, 403, 403, 403]), empty().at(w.review().await);
    "POST /v1/reviews/{id}/reports", user(201), json(object!({"reason": "Rude"})).at(w.review().await);
    "GET /v1/vendor/reviews", any_member(200), empty();
    "PUT /v1/vendor/reviews/{id}/answer", members_of_public(200), json(object!({"answer": "Sorry"})).at(w.review().await);
    "DELETE /v1/vendor/reviews/{id}/answer", members_of_public(204), {
        let review = w.review().await;
        let path = format!("/v1/vendor/reviews/{review}/answer");
        w.shop.put(&path, object!({"answer": "Sorry"})).await.expect(200);
        empty().at(review)
    };
    "GET /v1/admin/reviews", admin(200), empty();
    "POST /v1/admin/reviews/{id}/hide", admin(200), json(object!({"reason": "Rude"})).at(w.review().await);
    "POST /v1/admin/reviews/{id}/restore", admin(200), empty().at(w.hidden_review().await);
    "POST /v1/admin/reviews/{id}/dismiss-reports", admin(200), empty().at(w.review().await);
    "GET /v1/vendor/imports/{id}/errors.csv", members(200), empty().at(w.import().await);
}
