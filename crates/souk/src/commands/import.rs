//! `souk import`: a shop's products from another shop's file, beside a running server or without one.

use std::convert::Infallible;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use marketplace::imports::{
    self, Format, Import, ImportStatus, Incoming, MAX_BYTES, Manner, Mode, Progress, Received, RowError,
    Survey, Upload,
};
use marketplace::vendors::{self, Membership, Role, VendorRef, VendorStatus};
use marketplace::{Error, Market};
use types::{ImportId, StockLevel};

use super::taxonomy;
use crate::cli::{self, ImportOther, ImportProducts};
use crate::config::Config;
use crate::opening::Opened;
use crate::output;
use crate::serve::lease;

/// How often the bar is drawn anew.
const GLANCE: Duration = Duration::from_millis(100);

/// Bytes of a file that are read at once.
const PIECE: usize = 64 * 1024;

/// Should this program be killed, a server goes on with the import after so many seconds.
const LEFT_TO_A_SERVER: i64 = 600;

/// Imports the file and prints what became of it: 0 when every row went in, 1 when not.
pub(crate) async fn run(config: &Config, options: cli::Import) -> Result<ExitCode> {
    if let Some(ImportOther::Taxonomy(options)) = options.other {
        return taxonomy::run(config, options).await;
    }
    let options = options.products.context("name the file")?;
    if options.format == Format::Icecat {
        return run_catalogue(config, options).await;
    }
    let format =
        imports::recognise(open(&options.file)?, config.currency).map_err(|why| anyhow!("{}", told(&why)))?;
    if format != options.format {
        bail!("{} is a file of the format {format}, not {}", options.file.display(), options.format);
    }
    let opened = Opened::for_command(config).await?;
    let ended = tokio::select! {
        ended = import(&opened.market, &options) => ended,
        lost = lease::keep(&opened) => Err(lost),
    };
    opened.close().await;
    let (import, errors) = ended?;
    for error in &errors {
        output::line(told(error));
    }
    output::line(summary(&import, errors.len()));
    let went_well = errors.is_empty() && import.status == ImportStatus::Completed;
    Ok(if went_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Imports a catalogue of suppliers, whatever its size.
async fn run_catalogue(config: &Config, options: ImportProducts) -> Result<ExitCode> {
    let refuse = || format!("{} can't be read", options.file.display());
    let opened_file = || File::open(&options.file).map(BufReader::new).with_context(refuse);
    let survey = imports::survey(opened_file()?).with_context(refuse)?;
    if options.dry_run {
        bail!("a catalogue can't be tried out; it has {} products", survey.products);
    }
    let opened = Opened::for_command(config).await?;
    let ended = tokio::select! {
        ended = import_catalogue(&opened.market, &options, &survey, opened_file()?) => ended,
        lost = lease::keep(&opened) => Err(lost),
    };
    opened.close().await;
    let (progress, errors) = ended?;
    for error in &errors {
        output::line(told(error));
    }
    let Progress { done, created, updated, errors } = progress;
    output::line(format!(
        "Read {done} products: {created} made, {updated} brought up to date, {errors} errors."
    ));
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import_catalogue(
    market: &Market,
    options: &ImportProducts,
    survey: &Survey,
    content: BufReader<File>,
) -> Result<(Progress, Vec<RowError>)> {
    let shop = match &options.vendor {
        Some(vendor) => Some(owner(market, vendor).await?),
        None => None,
    };
    let manner = Manner {
        default_stock: StockLevel::new(options.default_stock).unwrap_or_default(),
        copies: options.multiply.into(),
        with_images: options.images,
        shop,
    };
    let bar = ProgressBar::new(survey.products * u64::from(options.multiply));
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} products  {per_sec}  {elapsed}")?);
    let mut before = None;
    let tell = |progress: Progress| {
        before.get_or_insert(progress.done);
        bar.set_position(progress.done.unsigned_abs());
    };
    let ended = imports::import_suppliers(market, survey, content, manner, tell).await;
    bar.finish_and_clear();
    if let Some(done) = before.filter(|done| *done > 0) {
        output::line(format!("Went on behind {done} products that were done before."));
    }
    ended.context("the import broke off; begin it again, it goes on from here")
}

/// What is in a file that is not too large.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut content).with_context(|| unreadable(path))?;
    refuse_too_large(path, content.len() as u64)?;
    Ok(content)
}

/// Opens a file that is not too large, as far as its length is known.
fn open(path: &Path) -> Result<File> {
    let file = File::open(path).with_context(|| unreadable(path))?;
    refuse_too_large(path, file.metadata().with_context(|| unreadable(path))?.len())?;
    Ok(file)
}

fn refuse_too_large(path: &Path, bytes: u64) -> Result<()> {
    if bytes > MAX_BYTES as u64 {
        bail!("{} has more than {MAX_BYTES} bytes", path.display());
    }
    Ok(())
}

fn unreadable(path: &Path) -> String {
    format!("{} can't be read", path.display())
}

async fn import(market: &Market, options: &ImportProducts) -> Result<(Import, Vec<RowError>)> {
    let vendor = options.vendor.as_ref().context("give the shop as `--vendor`")?;
    let by = owner(market, vendor).await?;
    let name = options.file.file_name().unwrap_or_default().to_string_lossy();
    let upload = Upload {
        file_name: name.chars().filter(|c| !c.is_control()).take(200).collect(),
        file: received(market, &options.file).await?,
        default_stock: StockLevel::new(options.default_stock).unwrap_or_default(),
        mode: if options.dry_run { Mode::DryRun } else { Mode::Write },
    };
    let started = start(market, by, upload).await.context("the import was not begun")?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} rows  {elapsed}")?);
    let ended = tokio::select! {
        ended = imports::run(market, started) => ended,
        never = watch(market, started, &bar) => match never {},
    };
    bar.finish_and_clear();
    ended.context("the import broke off; a running server goes on with it in some minutes")?;
    let mut conn = market.db.read().await?;
    let import = imports::find(&mut conn, started).await?.context("the import is gone")?;
    let errors = imports::errors(&mut conn, started).await?;
    Ok((import, errors))
}

/// The shop's owner, for whom the import is done.
async fn owner(market: &Market, vendor: &VendorRef) -> Result<Membership> {
    let mut conn = market.db.read().await?;
    let found = vendors::find_by(&mut conn, vendor).await?;
    let vendor = found.context("there is no such shop: give its slug or identifier as `--vendor`")?;
    if vendor.status != VendorStatus::Accepted {
        bail!("the shop {} is {}: it can't offer products", vendor.slug, vendor.status);
    }
    Ok(Membership { vendor: vendor.id, user: vendor.owner, role: Role::Owner, status: vendor.status })
}

/// Puts the file where a server finds it too.
async fn received(market: &Market, path: &Path) -> Result<Received> {
    let (mut file, mut bytes) = (open(path)?, 0);
    let (mut incoming, mut piece) = (Incoming::new(market), vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece).with_context(|| unreadable(path))?;
        if read == 0 {
            return Ok(incoming.end().await?);
        }
        bytes += read as u64;
        refuse_too_large(path, bytes)?;
        incoming.take_in(&piece[..read]).await?;
    }
}

async fn start(market: &Market, by: Membership, upload: Upload) -> Result<ImportId, Error> {
    let shared = market.clone();
    let start = async move |tx: &mut db::Tx| {
        let due = shared.now().plus_seconds(LEFT_TO_A_SERVER);
        imports::start(tx, &shared, &by, &upload, due).await
    };
    Ok(market.db.write(start).await?.id)
}

/// Draws how far the import is, for ever. A look that fails is made up for by the next.
async fn watch(market: &Market, id: ImportId, bar: &ProgressBar) -> Infallible {
    loop {
        tokio::time::sleep(GLANCE).await;
        let Ok(mut conn) = market.db.read().await else { continue };
        if let Ok(Some(import)) = imports::find(&mut conn, id).await {
            bar.set_length(import.rows_total.unsigned_abs());
            bar.set_position(import.rows_done.unsigned_abs());
        }
    }
}

/// A row error on one line.
pub(super) fn told(error: &RowError) -> String {
    let RowError { line, column, detail } = error;
    if column.is_empty() {
        format!("line {line}: {detail}")
    } else {
        format!("line {line}, {column}: {detail}")
    }
}

fn summary(import: &Import, errors: usize) -> String {
    let Import { products_created: created, products_updated: updated, rows_total: rows, .. } = import;
    format!("Read {rows} rows: {created} products made, {updated} brought up to date, {errors} errors.")
}
