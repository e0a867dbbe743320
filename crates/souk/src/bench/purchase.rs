//! What buyers send.

use serde_json::json;

/// The body of a purchase that is paid by the `test` provider.
pub(super) fn body() -> String {
    json!({
        "address": {"name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500",
            "city": "Sao Paulo", "region": "SP", "postal_code": "01304-001", "country": "BR"},
        "payment_method": "test",
    })
    .to_string()
}
