//! Those who act: the operator, the sellers and the buyers, registered as anybody is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Api, Session};

/// How often the mailbox is asked for a code, and how long between.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// A buyer takes one turn at a time: they have one cart.
type Turn = Arc<tokio::sync::Mutex<Option<Session>>>;

/// Everybody of one run.
#[derive(Debug)]
pub(super) struct People {
    /// Sets the e-mail addresses of this run apart from those of others.
    run: String,
    password: String,
    admin: tokio::sync::Mutex<Session>,
    buyers: Mutex<HashMap<String, Turn>>,
}

impl People {
    pub(super) fn new(run: String, password: String, admin: Session) -> Self {
        Self { run, password, admin: tokio::sync::Mutex::new(admin), buyers: Mutex::default() }
    }

    /// The operator, one request at a time: a token that ran out is refreshed once.
    pub(super) async fn admin(&self) -> tokio::sync::MutexGuard<'_, Session> {
        self.admin.lock().await
    }

    /// The place where a buyer's session is kept while nobody uses it.
    pub(super) fn buyer(&self, customer: &str) -> Turn {
        self.buyers.lock().entry(customer.to_owned()).or_default().clone()
    }

    /// Logs a buyer in: registers them the first time, uses their password after.
    pub(super) async fn enter(
        &self,
        api: &Api,
        customer: &str,
        turn: &mut Option<Session>,
    ) -> Result<Session> {
        let session = if turn.is_none() {
            self.register(api, &format!("buyer-{customer}"), "Buyer", None).await?
        } else {
            let body = json!({"email": self.email(&format!("buyer-{customer}")), "password": self.password});
            Session::from_tokens(&api.open(Method::POST, "/v1/auth/login", Some(body)).await?)?
        };
        *turn = Some(session.clone());
        Ok(session)
    }

    fn email(&self, name: &str) -> String {
        format!("{name}@{}.olist.example", self.run)
    }

    /// Registers somebody: the code comes by mail, out of the development mailbox.
    pub(super) async fn register(
        &self,
        api: &Api,
        name: &str,
        first_name: &str,
        vendor: Option<Value>,
    ) -> Result<Session> {
        let email = self.email(name);
        let mut body = json!({"email": email, "password": self.password, "first_name": first_name});
        if let Some(vendor) = vendor {
            body["vendor"] = vendor;
        }
        let pending = api.open(Method::POST, "/v1/auth/register", Some(body)).await?;
        let code = code(api, &email).await?;
        let body = json!({"registration_id": pending["registration_id"], "otp": code});
        let user = api.open(Method::POST, "/v1/auth/verify", Some(body)).await?;
        Session::from_tokens(&user["tokens"])
    }
}

/// The six digits that were mailed to an address.
async fn code(api: &Api, email: &str) -> Result<String> {
    for _ in 0..TRIES {
        let mails = api.open(Method::GET, &format!("/dev/mailbox.json?to={email}"), None).await;
        let mails =
            mails.context("codes are read from the development mailbox: the server must run without SMTP")?;
        let text = mails["data"][0]["text"].as_str().unwrap_or_default();
        let digits = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6);
        if let Some(digits) = digits {
            return Ok(digits.to_owned());
        }
        tokio::time::sleep(PAUSE).await;
    }
    bail!("no code was mailed to {email}")
}
