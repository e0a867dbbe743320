//! Checkouts, orders, payments, returns, money.

use testing::json as object;

use super::cell::{empty, json, table};
use super::who::{any_member, buyers_own, members, open, user};
use super::world::id;

table! { w =>
    "GET /v1/checkouts/{id}", buyers_own(200), empty().at(id(&w.unpaid().await));
    "POST /v1/checkouts/{id}/cancel", buyers_own(200), empty().at(id(&w.unpaid().await));
    "POST /v1/checkouts/{id}/payments", buyers_own(200), {
        let checkout = w.unpaid().await;
        let path = format!("/v1/payments/{}/confirm", id(&checkout["payment"]));
        w.buyer.post(&path, object!({"outcome": "decline"})).await.expect(200);
        json(object!({"method": "test"})).at(id(&checkout))
    };
    "GET /v1/payments", user(200), empty();
    "GET /v1/payments/{id}", buyers_own(200), empty().at(w.payment().await);
    "POST /v1/payments/{id}/confirm", buyers_own(200),
        json(object!({"outcome": "succeed"})).at(id(&w.unpaid().await["payment"]));

    "POST /v1/webhooks/stripe", open(404), empty();

    "GET /v1/orders", user(200), empty();
    "GET /v1/orders/{id}", buyers_own(200), empty().at(w.order(&[]).await);
    "POST /v1/orders/{id}/cancel", buyers_own(200), empty().at(w.order(&[]).await);
    "POST /v1/orders/{id}/confirm-delivery", buyers_own(200), empty().at(w.order(&["accept", "pack", "ship"]).await);
    "POST /v1/orders/{id}/returns", buyers_own(201), {
        let order = w.order(&["accept", "pack", "ship", "deliver"]).await;
        let item = w.buyer.get(&format!("/v1/orders/{order}")).await.expect(200)["items"][0]["id"].clone();
        json(object!({"items": [{"item_id": item, "quantity": 1}], "reason": "Too small"})).at(order)
    };

    "GET /v1/vendor/orders", any_member(200), empty();
    "GET /v1/vendor/orders/{id}", members(200), empty().at(w.order(&[]).await);
    "POST /v1/vendor/orders/{id}/accept", members(200), empty().at(w.order(&[]).await);
    "POST /v1/vendor/orders/{id}/reject", members(200), json(object!({"reason": "Broken"})).at(w.order(&[]).await);
    "POST /v1/vendor/orders/{id}/pack", members(200), empty().at(w.order(&["accept"]).await);
    "POST /v1/vendor/orders/{id}/ship", members(200), empty().at(w.order(&["accept", "pack"]).await);
    "POST /v1/vendor/orders/{id}/deliver", members(200), empty().at(w.order(&["accept", "pack", "ship"]).await);

    "GET /v1/vendor/returns", any_member(200), empty();
    "GET /v1/vendor/returns/{id}", members(200), empty().at(w.returned().await);
    "POST /v1/vendor/returns/{id}/approve", members(200), empty().at(w.returned().await);
    "POST /v1/vendor/returns/{id}/reject", members(200), json(object!({"reason": "Worn"})).at(w.returned().await);
    "POST /v1/vendor/returns/{id}/receive", members(200), json(object!({"restock": true})).at(w.approved().await);

    "GET /v1/vendor/balance", any_member(200), empty();
    "GET /v1/vendor/ledger", any_member(200), empty();
}
