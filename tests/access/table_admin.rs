//! Operating the marketplace.

use testing::json as object;

use super::cell::{empty, json, table};
use super::who::{Who, admin};
use super::world::id;

table! { w =>
    "GET /v1/admin/orders", admin(200), empty();
    "GET /v1/admin/orders/{id}", admin(200), empty().at(w.order(&[]).await);
    "POST /v1/admin/orders/{id}/cancel", admin(200), empty().at(w.order(&[]).await);
    "POST /v1/admin/shipments/{id}/receive", admin(200), empty().at(w.shipment(&[]).await);
    "POST /v1/admin/shipments/{id}/send-out", admin(200), empty().at(w.shipment(&["receive"]).await);
    "POST /v1/admin/shipments/{id}/deliver", admin(200), empty().at(w.shipment(&["receive", "send-out"]).await);
    "POST /v1/admin/payments/{id}/refunds", admin(201),
        json(object!({"amount": 1, "reason": "Late"})).at(w.payment().await);
    "GET /v1/admin/refunds", admin(200), empty();
    "POST /v1/admin/refunds/{id}/retry", admin(409), {
        let refunds = format!("/v1/admin/payments/{}/refunds", w.payment().await);
        let refund = w.actor(Who::Admin).post(&refunds, object!({"amount": 1, "reason": "Late"})).await.expect(201);
        empty().at(id(&refund))
    };

    "GET /v1/admin/settings", admin(200), empty();
    "GET /v1/admin/settings/definitions", admin(200), empty();
    "PUT /v1/admin/settings", admin(200), json(object!({"commission_bps": 900}));
    "GET /v1/admin/audit-log", admin(200), empty();
    "GET /v1/admin/audit-log/export", admin(200), empty();

    "GET /v1/admin/users", admin(200), empty();
    "GET /v1/admin/users/{id}", admin(200), empty().at(w.buyer.user.expect("a user"));
    "DELETE /v1/admin/users/{id}/totp", admin(404), empty().at(w.buyer.user.expect("a user"));
    "PATCH /v1/admin/users/{id}", admin(200),
        json(object!({"suspended": true})).at(w.newcomer().await.user.expect("a user"));

    "GET /v1/admin/vendors", admin(200), empty();
    "PATCH /v1/admin/vendors/{id}", admin(200), json(object!({"commission_bps": 100})).at(w.another_shop(false).await);
    "POST /v1/admin/vendors/{id}/accept", admin(200), empty().at(w.application().await);
    "POST /v1/admin/vendors/{id}/reject", admin(200), json(object!({"reason": "No"})).at(w.application().await);
    "POST /v1/admin/vendors/{id}/suspend", admin(200), json(object!({"reason": "No"})).at(w.another_shop(false).await);
    "POST /v1/admin/vendors/{id}/reinstate", admin(200), empty().at(w.another_shop(true).await);
    "GET /v1/admin/vendors/{id}/reviews", admin(200), empty().at(w.shop.vendor);

    "POST /v1/admin/categories", admin(201), json(object!({"name": format!("Category {}", w.number())}));
    "PATCH /v1/admin/categories/{id}", admin(200), json(object!({"name": "Renamed"})).at(w.category().await);
    "DELETE /v1/admin/categories/{id}", admin(204), empty().at(w.category().await);
}
