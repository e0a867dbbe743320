//! Changing settings while the marketplace runs, and following the changes of other nodes.

use std::time::Duration;

use db::{Conn, Db, Tx};
use serde_json::{Map, Value};
use types::{Currency, FieldError, FieldErrors, Timestamp, UserId};

use super::{CurrencyIsFixed, ENTRIES, Entry, Settings, entry, store};
use crate::error::with_causes;
use crate::{Market, Result};

/// How often a node looks whether another has changed the settings.
const FOLLOWING: Duration = Duration::from_millis(500);

/// What becomes of some settings: a value, or what was configured.
#[derive(Debug, Clone, Default)]
pub struct Changes(Vec<(&'static Entry, Option<Value>)>);

impl Changes {
    /// Reads them from a JSON object: `null` returns to what was configured, what is absent stays.
    pub fn read(object: Map<String, Value>) -> Result<Self, FieldErrors> {
        let (mut changes, mut errors) = (Vec::new(), FieldErrors::default());
        for (name, value) in object {
            if let Some(entry) = entry(&name) {
                changes.push((entry, (!value.is_null()).then_some(value)));
                continue;
            }
            let names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
            let detail = format!("there is no such setting; there are {}", names.join(", "));
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            errors.push(FieldError::new(pointer, "unknown_field", detail));
        }
        errors.into_result()?;
        Ok(Self(changes))
    }

    /// What `configured` and the values that were set before become; every mistake at once.
    fn apply(&self, before: &Settings, configured: &Settings) -> Result<Settings, FieldErrors> {
        let (mut after, mut errors) = (before.clone(), FieldErrors::default());
        for (entry, value) in &self.0 {
            let wanted = value.clone().unwrap_or_else(|| entry.of(configured));
            if let Err(error) = entry.set(&mut after, &wanted) {
                errors.push(error);
            }
        }
        errors.into_result()?;
        Ok(after)
    }
}

/// The settings that hold now, as the database has them.
pub async fn current(conn: &mut Conn, market: &Market) -> Result<Settings> {
    let kept = store::values(conn).await?;
    Ok(overlay(market.settings.configured(), &kept))
}

fn overlay(configured: &Settings, kept: &[store::Kept]) -> Settings {
    let mut settings = configured.clone();
    for store::Kept { name, value, .. } in kept {
        // A setting of another version, or a value that is no longer allowed: what is configured holds.
        let known = entry(name).zip(serde_json::from_str(value).ok());
        if let Some((entry, value)) = known
            && entry.set(&mut settings, &value).is_err()
        {
            tracing::warn!(setting = %name, "a value in the database is not allowed; the configured one holds");
        }
    }
    settings
}

/// Who set a value over the configured one, and when.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Which setting.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Which admin.
    pub by: Option<UserId>,
}

/// The settings that admins have set.
pub async fn changed(conn: &mut Conn) -> Result<Vec<Changed>> {
    let kept = store::values(conn).await?;
    Ok(kept
        .into_iter()
        .map(|kept| Changed { name: kept.name, at: kept.changed_at, by: kept.changed_by })
        .collect())
}

/// Locks the settings for a change and answers those that hold.
pub async fn open(tx: &mut Tx, market: &Market) -> Result<(i64, Settings)> {
    let version = store::count_up(tx).await?;
    Ok((version, current(tx, market).await?))
}

/// Makes `changes` to the settings that [`open`] gave; they hold here at the commit, on other nodes within a
/// second. Another currency where there are products is refused as `currency_is_fixed`.
pub async fn change(
    tx: &mut Tx,
    market: &Market,
    (version, before): (i64, Settings),
    changes: &Changes,
    by: UserId,
) -> Result<Settings> {
    let after = changes.apply(&before, market.settings.configured())?;
    if after.currency != before.currency {
        if store::has_products(tx).await? {
            return Err(CurrencyIsFixed { kept: before.currency, wanted: after.currency }.into());
        }
        store::keep_currency(tx, after.currency).await?;
    }
    let now = market.now();
    for (entry, value) in &changes.0 {
        let (old, new) = (entry.of(&before), entry.of(&after));
        match value {
            None => store::unset(tx, entry.name).await?,
            // Who sends back what they read sets nothing by it.
            Some(_) if old == new => {}
            // As it is shown, not as it was written.
            Some(_) => store::set(tx, entry.name, &new.to_string(), now, by).await?,
        }
        market.journal.changed(entry.name, &old, &new);
    }
    let (market, installed) = (market.clone(), after.clone());
    tx.on_commit(move || market.settings.install(version, installed));
    Ok(after)
}

/// Takes what other nodes have changed.
pub async fn refresh(market: &Market) -> Result<()> {
    let mut conn = market.db.read().await?;
    // The version first: what changes in between is taken again by the next look.
    let version = store::version(&mut conn).await?;
    if version > market.settings.version() {
        let settings = current(&mut conn, market).await?;
        market.settings.install(version, settings);
    }
    Ok(())
}

/// Follows the changes of other nodes for as long as it is polled.
pub async fn follow(market: Market) {
    loop {
        tokio::time::sleep(FOLLOWING).await;
        if let Err(error) = refresh(&market).await {
            tracing::warn!(error = with_causes(&error), "the settings could not be looked at");
        }
    }
}

/// Makes the currency that holds, `wanted` unless an admin has set another, the one of the prices, unless
/// there are products with prices in another one.
pub async fn fix_currency(db: &Db, wanted: Currency) -> Result<()> {
    db.write(async move |tx| {
        let set = store::values(tx).await?.into_iter().find(|kept| kept.name == "currency");
        let set = set.and_then(|kept| serde_json::from_str::<String>(&kept.value).ok()?.parse().ok());
        let wanted = set.unwrap_or(wanted);
        let kept = store::kept_currency(tx).await?;
        if kept == Some(wanted) {
            return Ok(());
        }
        if let (Some(kept), true) = (kept, store::has_products(tx).await?) {
            return Err(CurrencyIsFixed { kept, wanted }.into());
        }
        store::keep_currency(tx, wanted).await
    })
    .await
}
