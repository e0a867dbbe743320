//! Where media files lie: a folder or an S3-compatible store, by one interface.
//!
//! A file is written whole and durably before the call answers, or not at all. What files there are is the
//! database's knowledge (`media_files`); the store itself is never listed to find out.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
};

use crate::{Error, Kind, Rejection, Result};

/// How long a store that fails is asked again: somebody waits for the answer.
const RETRY_LIMIT: Duration = Duration::from_secs(10);

/// Where the operator wants media files to lie.
#[derive(Debug, Clone)]
pub enum MediaPlace {
    /// In a folder; it is made when it is missing.
    Folder(PathBuf),
    /// In a bucket.
    S3(Bucket),
}

/// A bucket of an S3-compatible store.
#[derive(Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What every key begins with; may be empty.
    pub prefix: String,
    /// The store's address; Amazon's own when absent.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// Name and secret of the key that signs; without one, the machine's own role does.
    pub key: Option<(String, String)>,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, prefix, endpoint, region, .. } = self;
        write!(f, "s3://{name}/{prefix} at {endpoint:?} in {region}")
    }
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Media(Arc<dyn ObjectStore>);

/// A file that is being read.
pub struct File {
    /// Its whole length in bytes.
    pub length: u64,
    /// Which of them are coming.
    pub range: Range<u64>,
    /// They themselves.
    pub bytes: BoxStream<'static, std::result::Result<Bytes, object_store::Error>>,
}

/// Why a store can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The folder can't be made or used.
    #[error("the folder of the media files can't be made")]
    Folder(#[source] std::io::Error),
    /// The settings are no store's.
    #[error("the store of the media files can't be opened")]
    Store(#[from] object_store::Error),
}

impl Media {
    /// Opens a store. That of a bucket is not asked whether it is there.
    pub fn open(place: &MediaPlace) -> std::result::Result<Self, MediaError> {
        Ok(Self(match place {
            MediaPlace::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(MediaError::Folder)?;
                Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
            }
            MediaPlace::S3(bucket) => Arc::new(PrefixStore::new(s3(bucket)?, bucket.prefix.as_str())),
        }))
    }

    /// Writes a file; one of the same name is replaced.
    pub(crate) async fn put(&self, name: &str, bytes: Bytes) -> Result<()> {
        match self.0.put(&place(name), PutPayload::from_bytes(bytes)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(explain(&error)),
        }
    }

    /// Opens a file from a byte on, or a part of it; nothing when there is none of this name.
    pub async fn get(&self, name: &str, part: Option<Range<u64>>) -> Result<Option<File>> {
        let options = GetOptions { range: part.map(GetRange::Bounded), ..GetOptions::default() };
        match self.0.get_opts(&place(name), options).await {
            Ok(found) => {
                let (length, range) = (found.meta.size, found.range.clone());
                Ok(Some(File { length, range, bytes: found.into_stream() }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    /// How long a file is, in bytes; nothing when there is none of this name.
    pub async fn length(&self, name: &str) -> Result<Option<u64>> {
        match self.0.head(&place(name)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    /// All of a file; nothing when there is none of this name.
    pub(crate) async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        match self.0.get(&place(name)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(|error| explain(&error)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    /// Removes a file, when there is one.
    pub(crate) async fn delete(&self, name: &str) -> Result<()> {
        match self.0.delete(&place(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(explain(&error)),
        }
    }
}

fn s3(bucket: &Bucket) -> std::result::Result<impl ObjectStore, object_store::Error> {
    let Bucket { name, endpoint, region, key, .. } = bucket;
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_LIMIT, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_bucket_name(name).with_region(region).with_retry(retry);
    if let Some(endpoint) = endpoint {
        let plain = ClientOptions::new().with_allow_http(endpoint.starts_with("http://"));
        builder = builder.with_client_options(plain).with_endpoint(endpoint);
    }
    if let Some((id, secret)) = key {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    }
    builder.build()
}

/// Where a file of this name lies: spread over folders by the beginning of its name, which is a hash.
fn place(name: &str) -> Path {
    Path::from_iter([name.get(..2).unwrap_or(name), name])
}

/// Why the store did not do it. Whatever it is, it may be mended.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum OutOfOrder {
    #[error("there is no room for images at the moment")]
    NoRoom,
    #[error("images can't be read or stored at the moment")]
    Unreachable,
}

impl Rejection for OutOfOrder {
    fn kind(&self) -> Kind {
        match self {
            Self::NoRoom => Kind::Unavailable { retry_after: 60 },
            Self::Unreachable => Kind::Unavailable { retry_after: 5 },
        }
    }

    fn code(&self) -> &'static str {
        "unavailable"
    }
}

fn explain(error: &object_store::Error) -> Error {
    tracing::error!(error = crate::error::with_causes(error), "the store of the media files fails");
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        let kind = found.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) {
            return OutOfOrder::NoRoom.into();
        }
        cause = found.source();
    }
    OutOfOrder::Unreachable.into()
}
