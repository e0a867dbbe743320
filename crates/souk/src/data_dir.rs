//! The data folder: what lies in it, and who may read it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use marketplace::accounts::SigningKey;
use marketplace::vault::Vault;

/// Only the owner.
const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// The files of the keys, in the folder `keys`.
const SIGNING_KEY: &str = "signing.pkcs8";
const VAULT_KEY: &str = "vault.key";

/// Makes the folder and those above it, for the owner only, unless it is there; answers its whole path.
pub(crate) fn create(dir: &Path) -> Result<PathBuf> {
    let refuse = || format!("the data folder {} can't be made", dir.display());
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(dir).with_context(refuse)?;
    dir.canonicalize().with_context(refuse)
}

/// Makes the SQLite file before SQLite does, so that nobody else can read it; the files beside it follow.
pub(crate) fn reserve_database(file: &Path) -> Result<()> {
    let refuse = || format!("the database file {} can't be made", file.display());
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder).with_context(refuse)?;
    }
    let opened = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(file);
    match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            OpenOptions::new()
                .write(true)
                .open(file)
                .with_context(|| format!("the database file {} can't be written", file.display()))?;
            Ok(())
        }
        other => other.map(drop).with_context(refuse),
    }
}

/// The key that signs access tokens: made at the first start, the same until it is rotated.
pub(crate) fn signing_key(dir: &Path) -> Result<SigningKey> {
    let (path, document) = key_file(dir, SIGNING_KEY, SigningKey::generate)?;
    SigningKey::from_pkcs8(&document)
        .with_context(|| format!("the signing key {} can't be used", path.display()))
}

/// Keeps another signing key instead of the one before, whole or not at all.
pub(crate) fn replace_signing_key(dir: &Path, document: &[u8]) -> Result<()> {
    let folder = dir.join("keys");
    let refuse = || format!("a new signing key can't be kept in {}", folder.display());
    let draft = write_draft(&folder, SIGNING_KEY, document).with_context(refuse)?;
    fs::rename(&draft, folder.join(SIGNING_KEY)).with_context(refuse)?;
    File::open(&folder).and_then(|folder| folder.sync_all()).with_context(refuse)
}

/// What seals the secrets in the database: its key is made at the first start, the same ever after.
pub(crate) fn vault(dir: &Path) -> Result<Vault> {
    let (path, key) = key_file(dir, VAULT_KEY, || Ok(Vault::generate_key()?.to_vec()))?;
    let refuse = || format!("the vault's key {} can't be used", path.display());
    let key = key.as_slice().try_into().with_context(refuse)?;
    Vault::new(key).with_context(refuse)
}

/// The content of a key's file, which is made when it is missing.
fn key_file(
    dir: &Path,
    name: &str,
    make: impl FnOnce() -> marketplace::Result<Vec<u8>>,
) -> Result<(PathBuf, Vec<u8>)> {
    let folder = dir.join("keys");
    let path = folder.join(name);
    let refuse = || format!("the key {} can't be used", path.display());
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(&folder).with_context(refuse)?;
    if !path.try_exists().with_context(refuse)? {
        keep_new_key(&folder, name, &make()?).with_context(refuse)?;
    }
    let others_may_read = fs::metadata(&path).with_context(refuse)?.permissions().mode() & 0o077 != 0;
    if others_may_read {
        fs::set_permissions(&path, PermissionsExt::from_mode(PRIVATE_FILE)).with_context(refuse)?;
        tracing::warn!(path = %path.display(), "others could read the key; now they can't");
    }
    let content = fs::read(&path).with_context(refuse)?;
    Ok((path, content))
}

/// Writes a new key, whole or not at all. Of several processes that start at once the first one's stays.
fn keep_new_key(folder: &Path, name: &str, content: &[u8]) -> Result<()> {
    let draft = write_draft(folder, name, content)?;
    let linked = fs::hard_link(&draft, folder.join(name));
    fs::remove_file(&draft)?;
    File::open(folder)?.sync_all()?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => Ok(other?),
    }
}

fn write_draft(folder: &Path, name: &str, content: &[u8]) -> Result<PathBuf> {
    let draft = folder.join(format!("{name}.{}.draft", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE_FILE).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_secret_is_the_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let data = create(&dir.path().join("a/b")).unwrap();
        signing_key(&data).unwrap();
        vault(&data).unwrap();
        reserve_database(&data.join("souk.db")).unwrap();
        reserve_database(&data.join("souk.db")).unwrap();
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&data.join("keys")), 0o700);
        assert_eq!(mode(&data.join("keys/signing.pkcs8")), 0o600);
        assert_eq!(mode(&data.join("keys/vault.key")), 0o600);
        assert_eq!(mode(&data.join("souk.db")), 0o600);
    }

    #[test]
    fn the_key_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        signing_key(dir.path()).unwrap();
        let path = dir.path().join("keys/signing.pkcs8");
        let first = fs::read(&path).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        signing_key(dir.path()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(dir.path().join("keys")).unwrap().count(), 1);
        fs::write(&path, b"broken").unwrap();
        assert!(signing_key(dir.path()).is_err());
    }
}
