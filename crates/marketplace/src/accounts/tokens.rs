//! Access tokens: short-lived, signed with Ed25519, checked against the session on every use.
//!
//! Each node signs with its own private key, which stays in its data folder, and publishes the public
//! half in the database: any node checks the tokens of every other, and a restart logs nobody out.
//!
//! Keys are rotated in the database: all that are there are retired, and each node that finds its own
//! retired makes a new one. What an old key signed before is good until it expires.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Conn, Tx};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::{SessionId, Timestamp, UserId};

use super::store;
use crate::error::Refusal;
use crate::{Error, Market, Result};

/// Seconds that an access token is good for.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;

const AUDIENCE: &str = "souk";
const TOKEN_TYPE: &str = "at+jwt";

/// Seconds that nodes have to follow when keys are retired: what is signed in them is accepted like what
/// was signed before.
const FOLLOW_SECONDS: i64 = 60;

/// Seconds after which another node's key is read again, to see whether it was retired.
const REMEMBER_SECONDS: i64 = 60;

/// The key that this node signs with.
pub struct SigningKey {
    kid: String,
    public: Vec<u8>,
    encoding: EncodingKey,
}

impl SigningKey {
    /// A new key as PKCS #8, to be kept in the data folder.
    pub fn generate() -> Result<Vec<u8>> {
        let pair =
            Ed25519KeyPair::generate().map_err(|error| Error::failed("no key could be made", error))?;
        let document = pair.to_pkcs8v1().map_err(|error| Error::failed("no key could be made", error))?;
        Ok(document.as_ref().to_vec())
    }

    /// The key of a PKCS #8 document that [`SigningKey::generate`] made.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(document)
            .map_err(|error| Error::failed("the signing key can't be read", error))?;
        let public = pair.public_key().as_ref().to_vec();
        let kid = URL_SAFE_NO_PAD.encode(&Sha256::digest(&public)[..12]);
        Ok(Self { kid, public, encoding: EncodingKey::from_ed_der(document) })
    }
}

/// The public half of a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name, the first bytes of its digest.
    pub kid: String,
    /// The 32 bytes of an Ed25519 public key.
    pub bytes: Vec<u8>,
}

db::from_row!(PublicKey { kid, bytes });

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Whether a key could have this name: anything else never reaches the database.
fn is_plausible_kid(kid: &str) -> bool {
    kid.len() <= 64 && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// What a valid access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) user: UserId,
    pub(super) session: SessionId,
}

/// Tokens whose signatures are remembered to be good, at some 200 bytes each.
const REMEMBERED_TOKENS: u64 = 50_000;

/// What a token says that one of our keys signed. Whether that is still good is asked each time.
#[derive(Debug, Clone)]
struct Signed {
    kid: Arc<str>,
    not_before: i64,
    expires: i64,
    proof: Proof,
}

/// Signs access tokens and checks them.
pub struct Tokens {
    issuer: String,
    signing: RwLock<Arc<SigningKey>>,
    known: RwLock<HashMap<String, KnownKey>>,
    /// By the digests of the tokens: checking a signature costs as much as reading a product.
    signed: moka::sync::Cache<[u8; 32], Signed>,
}

/// A public key that was read, and when.
struct KnownKey {
    key: DecodingKey,
    read_at: Timestamp,
}

impl Tokens {
    /// Signs with `signing`, in the name of `issuer` (the marketplace's public address).
    pub fn new(issuer: String, signing: SigningKey) -> Self {
        let signed = moka::sync::Cache::new(REMEMBERED_TOKENS);
        Self { issuer, signing: RwLock::new(Arc::new(signing)), known: RwLock::default(), signed }
    }

    fn signing(&self) -> Arc<SigningKey> {
        Arc::clone(&self.signing.read())
    }

    /// Publishes this node's public key, so that every node can check its tokens.
    pub async fn publish(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let signing = self.signing();
        store::publish_key(tx, &signing.kid, &signing.public, now).await
    }

    /// Whether this node's key was retired, so that it needs another.
    pub async fn is_retired(&self, conn: &mut Conn) -> Result<bool> {
        store::is_key_retired(conn, &self.signing().kid).await
    }

    /// Publishes a new key, and signs with it from then on.
    pub async fn rotate(&self, market: &Market, key: SigningKey) -> Result<()> {
        let (kid, public, now) = (key.kid.clone(), key.public.clone(), market.now());
        market.db.write(async move |tx| store::publish_key(tx, &kid, &public, now).await).await?;
        *self.signing.write() = Arc::new(key);
        Ok(())
    }

    /// The public keys of all nodes that tokens may still be signed with, the newest first.
    pub async fn public_keys(conn: &mut Conn, now: Timestamp) -> Result<Vec<PublicKey>> {
        store::public_keys(conn, oldest_retirement(now)).await
    }

    /// An access token of a session.
    pub(super) fn sign(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TOKEN_TYPE.to_owned());
        let signing = self.signing();
        header.kid = Some(signing.kid.clone());
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            sid: session.to_string(),
            iat: now.as_seconds(),
            nbf: now.as_seconds(),
            exp: now.as_seconds() + ACCESS_TOKEN_SECONDS,
        };
        jsonwebtoken::encode(&header, &claims, &signing.encoding)
            .map_err(|error| Error::failed("an access token can't be signed", error))
    }

    /// What the token says, when one of our keys signed it and it has not expired.
    pub(super) async fn check(&self, conn: &mut Conn, token: &str, now: Timestamp) -> Result<Proof> {
        let signed = self.signed_by_us(conn, token, now).await?;
        if signed.not_before > now.as_seconds() {
            return Err(Refusal::Unauthenticated.into());
        }
        if signed.expires <= now.as_seconds() {
            return Err(Refusal::TokenExpired.into());
        }
        Ok(signed.proof)
    }

    /// What the token says, when a key signed it that is still known.
    async fn signed_by_us(&self, conn: &mut Conn, token: &str, now: Timestamp) -> Result<Signed> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(signed) = self.signed.get(&digest) {
            self.key(conn, &signed.kid, now).await?.ok_or(Refusal::Unauthenticated)?;
            return Ok(signed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(refuse)?;
        let kid = header.kid.filter(|kid| is_plausible_kid(kid)).ok_or(Refusal::Unauthenticated)?;
        if header.typ.as_deref() != Some(TOKEN_TYPE) {
            return Err(Refusal::Unauthenticated.into());
        }
        let key = self.key(conn, &kid, now).await?.ok_or(Refusal::Unauthenticated)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.validation()).map_err(refuse)?.claims;
        let user = claims.sub.parse().map_err(|_| Refusal::Unauthenticated)?;
        let session = claims.sid.parse().map_err(|_| Refusal::Unauthenticated)?;
        let proof = Proof { user, session };
        let signed = Signed { kid: kid.into(), not_before: claims.nbf, expires: claims.exp, proof };
        self.signed.insert(digest, signed.clone());
        Ok(signed)
    }

    /// Times are compared by whoever asks: the library would ask the system's clock.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }

    async fn key(&self, conn: &mut Conn, kid: &str, now: Timestamp) -> Result<Option<DecodingKey>> {
        if let Some(known) = self.known.read().get(kid)
            && now < known.read_at.plus_seconds(REMEMBER_SECONDS)
        {
            return Ok(Some(known.key.clone()));
        }
        let Some(found) = store::public_key(conn, kid, oldest_retirement(now)).await? else {
            self.known.write().remove(kid);
            return Ok(None);
        };
        let key = DecodingKey::from_ed_der(&found.bytes);
        self.known.write().insert(found.kid, KnownKey { key: key.clone(), read_at: now });
        Ok(Some(key))
    }
}

fn refuse(_: jsonwebtoken::errors::Error) -> Error {
    Refusal::Unauthenticated.into()
}

/// Keys that were retired until then have signed nothing that is still good.
const fn oldest_retirement(now: Timestamp) -> Timestamp {
    now.plus_seconds(-ACCESS_TOKEN_SECONDS)
}

/// Retires every signing key, and says how many there were: each node makes itself a new one.
pub async fn retire_signing_keys(tx: &mut Tx, market: &Market) -> Result<u64> {
    store::retire_keys(tx, market.now().plus_seconds(FOLLOW_SECONDS)).await
}
