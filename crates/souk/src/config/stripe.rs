//! The account at Stripe: whole, or not at all.

use marketplace::payments::stripe;

use super::{Config, ConfigError, Effective};

impl Effective {
    /// One secret of Stripe without the other takes money that nobody hears of, or hears of money that nobody
    /// can take.
    pub(super) fn refuse_half_of_stripe(&self) -> Result<(), ConfigError> {
        let (key, other) = match (&self.config.stripe_secret_key, &self.config.stripe_webhook_secret) {
            (Some(_), None) => ("stripe.secret.key", "stripe.webhook.secret"),
            (None, Some(_)) => ("stripe.webhook.secret", "stripe.secret.key"),
            _ => return Ok(()),
        };
        let place =
            self.found.get(key).map_or_else(|| "default".to_owned(), |found| found.source.to_string());
        Err(ConfigError::Wrong { place, key, reason: format!("needs `{other}` beside it") })
    }
}

impl Config {
    /// How payments go by Stripe, if they do.
    pub(super) fn stripe(&self) -> Option<stripe::Account> {
        let (key, webhook) = self.stripe_secret_key.as_ref().zip(self.stripe_webhook_secret.as_ref())?;
        Some(stripe::Account {
            secret_key: key.0.clone(),
            webhook_secret: webhook.0.clone(),
            url: self.stripe_url.0.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;

    #[test]
    fn stripe_is_on_with_both_secrets_or_off() {
        let (key, webhook) =
            (("SOUK_STRIPE_SECRET_KEY", "sk_s3cret"), ("SOUK_STRIPE_WEBHOOK_SECRET", "wh_s3cret"));
        let url = ("SOUK_STRIPE_URL", "http://127.0.0.1:12111/");
        let loaded = load("", &[key, webhook, url], &[]).unwrap();
        assert_eq!(loaded.config.stripe().unwrap().url, "http://127.0.0.1:12111");
        for shown in [loaded.describe(), format!("{:?}", loaded.config.settings(String::new()))] {
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert!(load("", &[url], &[]).unwrap().config.stripe().is_none());
        let file = "[stripe]\nsecret_key = \"a\"\nwebhook_secret = \"b\"";
        assert_eq!(load(file, &[], &[]).unwrap().config.stripe().unwrap().url, "https://api.stripe.com");
        let half = load("", &[key], &[]).err().unwrap();
        assert_eq!(
            half,
            "SOUK_STRIPE_SECRET_KEY: `stripe.secret.key` needs `stripe.webhook.secret` beside it"
        );
        let half = load("stripe.webhook_secret = \"x\"", &[], &[]).err().unwrap();
        assert_eq!(half, "souk.toml:1: `stripe.webhook.secret` needs `stripe.secret.key` beside it");
    }
}
