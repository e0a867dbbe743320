//! What is logged, and how.

use tracing_subscriber::EnvFilter;

use super::Value;

/// What is logged.
#[derive(Debug, Clone)]
pub(crate) struct LogFilter(pub(crate) String);

impl Value for LogFilter {
    fn parse(text: &str) -> Result<Self, String> {
        const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
        // The library takes a misspelt level for the name of a module.
        let is_level = |part: &str| LEVELS.contains(&part.to_ascii_lowercase().as_str());
        let directives = || text.split(',').map(str::trim);
        if directives().any(|part| !part.contains(['=', '[']) && !is_level(part)) {
            return Err(format!(
                "must be one of {}, or levels by module (`souk_web=debug`)",
                LEVELS.join(", ")
            ));
        }
        EnvFilter::try_new(text).map_err(|error| format!("is no filter of the log: {error}"))?;
        Ok(Self(text.to_owned()))
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be `text` or `json`".to_owned()),
        }
    }
}
