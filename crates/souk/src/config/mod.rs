//! Configuration: defaults, then `souk.toml`, then the environment, then flags. A wrong key or value
//! names itself and stops the start.

mod file;
mod sample;
mod stripe;
mod table;
mod value;

pub(crate) use sample::sample;
pub(crate) use table::{Config, SETTINGS, Setting};
pub(crate) use value::{DataDir, Listen, LogFormat, without_secrets};

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use marketplace::Settings;
use marketplace::media::{Bucket, MediaPlace};
use table::Fallback;

/// The file that is read when no other is named.
const FILE: &str = "souk.toml";

/// The variable that names another file.
const FILE_VARIABLE: &str = "SOUK_CONFIG";

/// Variables of the test suite, which the binary does not look at.
const TEST_PREFIX: &str = "SOUK_TEST_";

/// Why the configuration can't hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("the configuration file {} can't be read", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {reason}", path.display())]
    Malformed { path: PathBuf, line: usize, reason: String },
    #[error("{source_name}: there is no such setting (`souk config --sample` shows all)", source_name = .0)]
    Unknown(String),
    #[error("{}:{line}: `{key}` is set a second time", path.display())]
    Twice { path: PathBuf, line: usize, key: String },
    #[error("{place}: `{key}` {reason}")]
    Wrong { place: String, key: &'static str, reason: String },
    #[error("the environment variable {0} is not valid UTF-8")]
    NotText(String),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    File { path: PathBuf, line: usize },
    Variable(String),
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

struct Found {
    text: String,
    source: Source,
}

/// What the configuration is made from.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// The file that `--config` names.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// Flags by the setting's key.
    pub(crate) flags: Vec<(&'static str, String)>,
}

/// The configuration that holds, and where each value comes from.
pub(crate) struct Effective {
    pub(crate) config: Config,
    found: HashMap<&'static str, Found>,
}

impl Effective {
    /// Reads and checks everything.
    pub(crate) fn load(inputs: Inputs) -> Result<Self, ConfigError> {
        let variables = souk_variables(inputs.variables)?;
        let mut found = HashMap::new();
        let from_variable = variables.iter().find(|(name, _)| name == FILE_VARIABLE);
        let named = inputs.file.or_else(|| from_variable.map(|(_, path)| PathBuf::from(path)));
        read_file(named, &mut found)?;
        for (name, text) in variables.into_iter().filter(|(name, _)| name != FILE_VARIABLE) {
            let setting = SETTINGS.iter().find(|setting| setting.variable() == name);
            let setting = setting.ok_or_else(|| ConfigError::Unknown(name.clone()))?;
            found.insert(setting.key, Found { text, source: Source::Variable(name) });
        }
        for (key, text) in inputs.flags {
            let flag = key.replace('.', "-");
            found.insert(key, Found { text, source: Source::Flag(flag) });
        }
        let config = Config::read(
            |key| {
                let default = SETTINGS.iter().find(|setting| setting.key == key);
                let default = default.and_then(|setting| match setting.default {
                    Fallback::Text(text) => Some(text.to_owned()),
                    Fallback::Derived(_) => None,
                });
                found.get(key).map(|found| found.text.clone()).or(default)
            },
            |key, reason| {
                let place =
                    found.get(key).map_or_else(|| "default".to_owned(), |found| found.source.to_string());
                ConfigError::Wrong { place, key, reason }
            },
        )?;
        let loaded = Self { config, found };
        loaded.refuse_half_of_stripe()?;
        Ok(loaded)
    }

    /// Whether somebody set it: it is not left at its default.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.found.contains_key(key)
    }

    /// The whole as TOML, secrets hidden, with the source of each value behind it.
    pub(crate) fn describe(&self) -> String {
        SETTINGS.iter().map(|setting| self.describe_one(setting) + "\n").collect()
    }

    fn describe_one(&self, setting: &Setting) -> String {
        let key = setting.written_key();
        let found = self.found.get(setting.key);
        let source = found.map_or_else(|| "default".to_owned(), |found| found.source.to_string());
        let text = match (found, setting.default) {
            (Some(found), _) if !found.text.is_empty() => Some(found.text.clone()),
            (None, Fallback::Text(text)) => Some(text.to_owned()),
            _ => self.config.derived(setting.key),
        };
        let line = match text {
            Some(text) => format!("{key} = {}", sample::literal(&(setting.shown)(&text))),
            None => format!("# {key} is not set"),
        };
        format!("{line:<50} # {source}")
    }
}

/// The variables that begin with `SOUK_`, by name.
fn souk_variables(all: Vec<(OsString, OsString)>) -> Result<Vec<(String, String)>, ConfigError> {
    let mut found = Vec::new();
    for (name, value) in all {
        let Ok(name) = name.into_string() else { continue };
        if name.starts_with("SOUK_") && !name.starts_with(TEST_PREFIX) {
            let value = value.into_string().map_err(|_| ConfigError::NotText(name.clone()))?;
            found.push((name, value));
        }
    }
    found.sort();
    Ok(found)
}

fn read_file(named: Option<PathBuf>, found: &mut HashMap<&'static str, Found>) -> Result<(), ConfigError> {
    let must_exist = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from(FILE));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return Ok(()),
        Err(source) => return Err(ConfigError::Unreadable { path, source }),
    };
    let entries = file::entries(&text).map_err(|file::Malformed { line, reason }| {
        ConfigError::Malformed { path: path.clone(), line, reason }
    })?;
    for file::Entry { key, text, line } in entries {
        let setting = setting_of(&key)
            .ok_or_else(|| ConfigError::Unknown(format!("{}:{line}: `{key}`", path.display())))?;
        let source = Source::File { path: path.clone(), line };
        if found.insert(setting.key, Found { text, source }).is_some() {
            return Err(ConfigError::Twice { path, line, key });
        }
    }
    Ok(())
}

/// Dots and underscores are one in a key: `data_dir`, `data.dir`, and `dir` of the table `data` are the same.
fn setting_of(key: &str) -> Option<&'static Setting> {
    let key = key.replace('_', ".");
    SETTINGS.iter().find(|setting| setting.key == key)
}

impl Config {
    /// The most checkouts that wait for their turn.
    pub(crate) fn checkout_queue(&self) -> usize {
        // The setting's own bounds fit.
        usize::try_from(self.checkout_queue.0).unwrap_or(usize::MAX)
    }

    /// What a setting without a text of its own comes to.
    fn derived(&self, key: &str) -> Option<String> {
        match key {
            "public.url" => Some(self.public_url(self.listen.port())),
            "database.url" => Some(self.database_url()),
            _ => None,
        }
    }

    /// The address that links begin with, when `port` is the one that is listened on.
    pub(crate) fn public_url(&self, port: u16) -> String {
        self.public_url.as_ref().map_or_else(|| self.listen.url(port), |url| url.0.clone())
    }

    /// The database.
    pub(crate) fn database_url(&self) -> String {
        let in_data_dir = || format!("sqlite://{}", self.data_dir.path().join("souk.db").display());
        self.database_url.as_ref().map_or_else(in_data_dir, |url| url.0.clone())
    }

    /// The SQLite file, when the database is one.
    pub(crate) fn sqlite_file(&self) -> Option<PathBuf> {
        self.database_url().strip_prefix("sqlite://").map(|path| Path::new(path).to_owned())
    }

    /// Where media files lie.
    fn media(&self) -> MediaPlace {
        let Some(url) = &self.media_url else {
            return MediaPlace::Folder(self.data_dir.path().join("media"));
        };
        MediaPlace::S3(Bucket {
            name: url.bucket.clone(),
            prefix: url.folder.clone(),
            endpoint: self.media_endpoint.as_ref().map(|url| url.0.clone()),
            region: self.media_region.0.clone(),
            key: self
                .media_access_key
                .as_ref()
                .zip(self.media_secret_key.as_ref())
                .map(|(name, secret)| (name.0.clone(), secret.0.clone())),
        })
    }

    /// The settings as the operations need them.
    pub(crate) fn settings(&self, public_url: String) -> Settings {
        const DAY: i64 = 86_400;
        Settings {
            currency: self.currency,
            fulfilment: self.fulfilment,
            commission_bps: self.commission_bps.0,
            prices_include_tax: self.prices_include_tax.0,
            tax_collected_by: self.tax_collected_by,
            otp_ttl_seconds: self.otp_ttl_seconds.0,
            checkout_ttl_seconds: self.checkout_ttl_seconds.0,
            hold_seconds: self.hold_days.0 * DAY,
            return_window_seconds: self.return_days.0 * DAY,
            product_approval: self.product_approval.0,
            cart_reminder_hours: self.cart_reminder_hours.0,
            throttle: self.throttle.0,
            trusted_proxies: self.trusted_proxies.clone().map(|networks| networks.0).unwrap_or_default(),
            proxy_header: self.trusted_proxy_header,
            two_factor_rule: self.two_factor_required_for,
            public_url,
            data_dir: self.data_dir.path().to_owned(),
            media: self.media(),
            fetch: self.fetch,
            mail_from: self.mail_from.0.clone(),
            smtp_url: self.smtp_url.as_ref().map(|url| url.0.clone()),
            stripe: self.stripe(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn load(
        file: &str,
        variables: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> Result<Effective, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("souk.toml");
        std::fs::write(&path, file).unwrap();
        let inputs = Inputs {
            file: Some(path.clone()),
            variables: variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            flags: flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect(),
        };
        let folder = format!("{}/", dir.path().display());
        Effective::load(inputs).map_err(|error| error.to_string().replace(&folder, ""))
    }

    #[test]
    fn the_later_source_wins() {
        let file = "otp_ttl_seconds = 60\ncurrency = \"EUR\"\nlog = \"warn\"\n[checkout]\nttl.seconds = 70\n";
        let variables =
            [("SOUK_OTP_TTL_SECONDS", "61"), ("SOUK_LOG", "error"), ("PATH", "x"), ("SOUK_TEST_DB", "x")];
        let loaded = load(file, &variables, &[("log", "debug")]).unwrap();
        assert_eq!(loaded.config.currency.code(), "EUR");
        assert_eq!(loaded.config.checkout_ttl_seconds.0, 70);
        assert_eq!(loaded.config.otp_ttl_seconds.0, 61);
        assert_eq!(loaded.config.log.0, "debug");
        assert_eq!(loaded.config.hold_days.0, 7);
    }

    #[test]
    fn what_is_wrong_names_itself() {
        let no_setting = "there is no such setting (`souk config --sample` shows all)";
        for (file, variables, expected) in [
            ("\nsmpt.url = 1", vec![], format!("souk.toml:2: `smpt.url`: {no_setting}")),
            ("", vec![("SOUK_SMPT_URL", "x")], format!("SOUK_SMPT_URL: {no_setting}")),
            (
                "currency = \"usd\"",
                vec![],
                "souk.toml:1: `currency` must be three capital letters of ISO 4217, such as `USD`".to_owned(),
            ),
            ("", vec![("SOUK_THROTTLE", "no")], "SOUK_THROTTLE: `throttle` must be `on` or `off`".to_owned()),
            (
                "data_dir = \"a\"\n[data]\ndir = \"b\"",
                vec![],
                "souk.toml:3: `data.dir` is set a second time".to_owned(),
            ),
            (
                "listen = ",
                vec![],
                "souk.toml:1: string values must be quoted, expected literal string".to_owned(),
            ),
        ] {
            assert_eq!(load(file, &variables, &[]).err(), Some(expected));
        }
        let flag = load("", &[], &[("hold.days", "many")]).err().unwrap();
        assert_eq!(flag, "--hold-days: `hold.days` must be a whole number from 0 to 365");
    }

    #[test]
    fn what_is_shown_can_be_read_again_and_hides_secrets() {
        let variables =
            [("SOUK_SMTP_URL", "smtp://me:s3cret@mail:25"), ("SOUK_DATABASE_URL", "postgres://a:s3cret@h/d")];
        let shown = load("log.format = \"json\"", &variables, &[]).unwrap().describe();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("smtp.url = \"smtp://me:***@mail:25\""), "{shown}");
        assert!(shown.contains("# SOUK_SMTP_URL") && shown.contains("souk.toml:1"), "{shown}");
        let again = load(&shown, &[], &[]).unwrap();
        assert_eq!(again.config.log_format, LogFormat::Json);
        assert_eq!(again.config.public_url(1), "http://127.0.0.1:8080");
    }

    #[test]
    fn an_empty_variable_unsets() {
        let loaded = load("smtp.url = \"smtp://mail\"", &[("SOUK_SMTP_URL", "")], &[]).unwrap();
        assert!(loaded.config.smtp_url.is_none());
        assert!(load("", &[("SOUK_CURRENCY", "")], &[]).is_err());
    }
}
