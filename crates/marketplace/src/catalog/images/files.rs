//! Stored images as files: `media/ab/abcd….jpg` in the data folder, named by what is in them.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use types::{ImageId, kind};

use super::picture::Picture;
use super::{Format, ImageError, Stored};
use crate::{Error, Market, Result};

fn folder(market: &Market) -> PathBuf {
    market.settings.data_dir.join("media")
}

/// Where the file of a stored image is.
fn place(market: &Market, stored: &Stored) -> PathBuf {
    folder(market).join(&stored.hash()[..2]).join(stored.file_name())
}

/// Where it waits while it is decided whether it goes.
fn bin(market: &Market, stored: &Stored) -> PathBuf {
    folder(market).join("bin").join(stored.file_name())
}

/// Writes a picture durably; whoever reads it sees all of it or nothing. Writing it twice is harmless.
pub(super) fn write(market: &Market, picture: &Picture) -> Result<Stored> {
    let stored = Stored::new(picture.hash(), picture.format, picture.width, picture.height);
    let place = place(market, &stored);
    let unique: ImageId = market.id::<kind::Image>();
    let beside = folder(market).join("new").join(unique.to_string());
    match write_and_rename(&picture.bytes, &beside, &place) {
        Ok(()) => Ok(stored),
        Err(error) => {
            // It may not have come so far; and what can't be removed now is no worse than before.
            let _ = fs::remove_file(&beside);
            Err(explain(error))
        }
    }
}

fn write_and_rename(bytes: &[u8], beside: &Path, place: &Path) -> io::Result<()> {
    for path in [beside, place] {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
    }
    let mut file = File::create_new(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, place)?;
    // The name is durable once its folder is.
    place.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn explain(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            tracing::error!("there is no room for images on the disk");
            ImageError::NoRoom.into()
        }
        _ => Error::failed("an image could not be stored", error),
    }
}

/// The bytes of a stored image; nothing when there is no such file.
pub(super) fn read(market: &Market, stored: &Stored) -> Result<Option<Vec<u8>>> {
    match fs::read(place(market, stored)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::failed("a stored image could not be read", error)),
    }
}

/// Whether the file is there.
pub(super) fn is_there(market: &Market, stored: &Stored) -> bool {
    place(market, stored).exists()
}

/// Puts a file aside, from where it can come back; `false` when there is none, here or aside already.
pub(super) fn put_aside(market: &Market, stored: &Stored) -> Result<bool> {
    let bin = bin(market, stored);
    let moved = fs::create_dir_all(bin.parent().unwrap_or(&bin))
        .and_then(|()| fs::rename(place(market, stored), &bin));
    match moved {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(bin.exists()),
        Err(error) => Err(Error::failed("a stored image could not be put aside", error)),
    }
}

/// Takes back a file that was put aside.
pub(super) fn take_back(market: &Market, stored: &Stored) -> Result<()> {
    fs::rename(bin(market, stored), place(market, stored))
        .map_err(|error| Error::failed("a stored image could not be taken back", error))
}

/// Drops a file that was put aside.
pub(super) fn drop_aside(market: &Market, stored: &Stored) -> Result<()> {
    match fs::remove_file(bin(market, stored)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::failed("a stored image could not be removed", error))
        }
        _ => Ok(()),
    }
}

impl Stored {
    fn file_name(&self) -> String {
        format!("{}.{}", self.hash(), self.format())
    }
}

/// Whether a text can be the hash of a stored image, and so a part of its path.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The hash and the form in a file's name.
pub(super) fn parse_name(name: &str) -> Option<(&str, Format)> {
    let (hash, extension) = name.split_once('.')?;
    is_hash(hash).then(|| extension.parse().ok()).flatten().map(|format| (hash, format))
}
