//! Shops and who works in them.

use testing::json as object;

use super::cell::{empty, file, json, table};
use super::who::{acts, any_owner, exactly, open, owner, owner_and_managers, public, user};
use super::world::picture;

table! { w =>
    "GET /v1/vendors", open(200), empty();
    "GET /v1/vendors/{id}", public(200), empty().at(w.shop.vendor);
    "GET /v1/me/vendors", user(200), empty();
    "PATCH /v1/vendors/{id}", owner_and_managers(200), json(object!({"description": "New"})).at(w.shop.vendor);
    "PUT /v1/vendors/{id}/logo", owner_and_managers(200), file(&picture()).at(w.shop.vendor);
    "DELETE /v1/vendors/{id}/logo", owner_and_managers(204), {
        w.give_logo().await;
        empty().at(w.shop.vendor)
    };
    "GET /v1/vendors/{id}/members", owner(200), empty().at(w.shop.vendor);
    "POST /v1/vendors/{id}/members", owner(201), {
        let newcomer = w.newcomer().await.get("/v1/me").await.expect(200);
        json(object!({"email": newcomer["email"], "role": "staff"})).at(w.shop.vendor)
    };
    "PATCH /v1/vendors/{id}/members/{user_id}", owner(200),
        json(object!({"role": "manager"})).at(w.shop.vendor).at(w.member().await);
    "DELETE /v1/vendors/{id}/members/{user_id}", owner(204), empty().at(w.shop.vendor).at(w.member().await);
    "GET /v1/vendor/audit-log", any_owner(200), empty();
    "POST /v1/vendors/{id}/transfer", exactly([401, 403, 403, 422, 403, 403, 403, 403, 403, 403]), json(object!({
        "user_id": w.member().await, "current_password": "nobody here has one",
    })).at(w.shop.vendor);
    "GET /v1/vendors/{id}/invitations", owner(200), empty().at(w.shop.vendor);
    "POST /v1/vendors/{id}/invitations", owner(201), json(object!({
        "email": format!("invited{}@example.com", w.number()), "role": "staff",
    })).at(w.shop.vendor);
    "DELETE /v1/vendors/{id}/invitations/{invitation}", owner(204), {
        empty().at(w.shop.vendor).at(w.invitation("someone").await)
    };
    "GET /v1/me/invitations", user(200), empty();
    "POST /v1/me/invitations/{id}/accept", acts([401, 404, 200, 404, 404, 404, 404, 404, 403, 404]),
        empty().at(w.invitation("cy").await);
    "DELETE /v1/me/invitations/{id}", exactly([401, 404, 204, 404, 404, 404, 404, 404, 403, 404]),
        empty().at(w.other_invitation("cy").await);

    // Last, since they own one from then on. Who has a shop can't apply for another.
    "POST /v1/vendors", exactly([401, 201, 201, 409, 201, 201, 409, 409, 403, 201]), json(object!({
        "name": format!("Shop {}", w.number()), "description": "D", "address": "A",
    }));
}
