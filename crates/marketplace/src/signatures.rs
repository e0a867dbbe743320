//! Signatures in the links of mails: what lets somebody do one thing without logging in.
//!
//! All nodes share the key, in the database. Whoever signs says in the message what the link is for, so that one
//! link's signature is never good for another thing.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Conn, Stmt, params};

use crate::{Market, Result, secrets};

pub(crate) const STATEMENTS: &[&Stmt] = &[&KEY, &KEEP_KEY];

/// Bytes of the key and of a signature.
const BYTES: usize = 32;

/// The signature of `message`, in letters that a link may have.
pub(crate) async fn sign(market: &Market, message: &str) -> Result<String> {
    let key = key(market).await?;
    Ok(URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes())))
}

/// Whether `signature` is what [`sign`] gave for `message`.
pub(crate) async fn is_signed(conn: &mut Conn, message: &str, signature: &[u8]) -> Result<bool> {
    let key = kept_key(conn).await?;
    Ok(key.is_some_and(|key| hmac::verify(&key, message.as_bytes(), signature).is_ok()))
}

/// The bytes of a signature as a link has it.
pub(crate) fn read(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The key, made by whoever needs it first.
async fn key(market: &Market) -> Result<hmac::Key> {
    let mut conn = market.db.read().await?;
    if let Some(key) = kept_key(&mut conn).await? {
        return Ok(key);
    }
    drop(conn);
    let mut fresh = [0; BYTES];
    secrets::fill(&mut fresh)?;
    market
        .db
        .write(async move |tx| {
            tx.exec(&KEEP_KEY, params![fresh]).await?;
            let (kept,): (Vec<u8>,) = tx.one(&KEY, params![]).await?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &kept))
        })
        .await
}

static KEY: Stmt = Stmt::new("SELECT key FROM shared_keys WHERE name = 'guest_links'");

async fn kept_key(conn: &mut Conn) -> Result<Option<hmac::Key>> {
    let kept: Option<(Vec<u8>,)> = conn.opt(&KEY, params![]).await?;
    Ok(kept.map(|(kept,)| hmac::Key::new(hmac::HMAC_SHA256, &kept)))
}

static KEEP_KEY: Stmt =
    Stmt::new("INSERT INTO shared_keys (name, key) VALUES ('guest_links', $1) ON CONFLICT (name) DO NOTHING");
