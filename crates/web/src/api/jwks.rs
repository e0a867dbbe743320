//! The public keys that check access tokens (RFC 7517, RFC 8037).

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use marketplace::accounts::{PublicKey, Tokens};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::problem::Result;
use crate::respond::Json;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(public_keys))
}

/// A set of keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = key_set)]
struct KeySet {
    keys: Vec<Key>,
}

/// An Ed25519 public key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = key)]
struct Key {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: String,
    x: String,
}

impl From<PublicKey> for Key {
    fn from(key: PublicKey) -> Self {
        let x = URL_SAFE_NO_PAD.encode(key.bytes);
        Self { kty: "OKP", crv: "Ed25519", alg: "EdDSA", r#use: "sig", kid: key.kid, x }
    }
}

/// The public keys of the access tokens, of all nodes.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", responses((status = 200, body = KeySet)))]
async fn public_keys(State(app): State<App>) -> Result<([(HeaderName, &'static str); 1], Json<KeySet>)> {
    let keys = Tokens::public_keys(&mut app.read().await?, app.market().now()).await?;
    let keys = KeySet { keys: keys.into_iter().map(Key::from).collect() };
    // A key is published before it signs. Whoever has an older copy asks again for a key that is not in it.
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(StatusCode::OK, keys)))
}
