//! Where things are: addresses, buckets, folders, networks.

use std::path::{Path, PathBuf};

use types::Network;

use super::Value;

/// `host:port` to listen on.
#[derive(Debug, Clone)]
pub(crate) struct Listen {
    host: String,
    port: u16,
}

impl Listen {
    /// As the resolver takes it.
    pub(crate) fn address(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }

    /// The address that a browser on this machine would use, with the port that was really taken.
    pub(crate) fn url(&self, port: u16) -> String {
        let host = match self.host.as_str() {
            "0.0.0.0" | "[::]" => "localhost",
            host => host,
        };
        format!("http://{host}:{port}")
    }

    /// The configured port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Value for Listen {
    fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').ok_or("must be `host:port`, such as `127.0.0.1:8080`")?;
        let port = port.parse().map_err(|_| "the port must be a number from 0 to 65535")?;
        let is_bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if host.is_empty() || host.contains(char::is_whitespace) || is_bare_ipv6 {
            return Err("the host must be a name or an address (IPv6 in brackets)".to_owned());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

/// The address of the marketplace in links, without a slash at the end.
#[derive(Debug, Clone)]
pub(crate) struct PublicUrl(pub(crate) String);

impl Value for PublicUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('/');
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(host) if !host.is_empty() && !host.contains([' ', '?', '#', '@', '"', '<', '>']) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err("must be an address such as `https://shop.example`".to_owned()),
        }
    }
}

/// A bucket and the folder in it: `s3://bucket/folder`.
#[derive(Debug, Clone)]
pub(crate) struct BucketUrl {
    pub(crate) bucket: String,
    pub(crate) folder: String,
}

impl Value for BucketUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("s3://").ok_or("must begin with `s3://`")?;
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/".contains(&b));
        if bucket.is_empty() || !is_name(bucket) || !is_name(folder) {
            return Err("must be `s3://bucket` or `s3://bucket/folder`".to_owned());
        }
        Ok(Self { bucket: bucket.to_owned(), folder: folder.trim_matches('/').to_owned() })
    }
}

/// A folder.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Value for DataDir {
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(Self(text.into())) }
    }
}

/// Blocks of addresses, separated by commas.
#[derive(Debug, Clone)]
pub(crate) struct Networks(pub(crate) Vec<Network>);

impl Value for Networks {
    fn parse(text: &str) -> Result<Self, String> {
        let blocks = text.split(',').map(|block| block.trim().parse());
        blocks
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|_| "must be blocks of addresses like `127.0.0.1, 10.0.0.0/8`".to_owned())
    }
}
