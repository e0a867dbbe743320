//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use marketplace::imports::Format;
use marketplace::jobs::JobState;
use marketplace::vendors::VendorRef;
use types::{Email, JobId, Line, StockLevel};

use crate::bench::Scenario;
use crate::config::{Inputs, SETTINGS};

/// A marketplace engine: many sellers, one storefront, one checkout.
#[derive(Debug, Parser)]
#[command(name = "souk", version, about, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Configuration",
        help = "The configuration file [SOUK_CONFIG] [default: souk.toml, when there is one]"
    )]
    config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the marketplace
    Serve(Serve),
    /// Bring the database's schema up to date, and stop
    Migrate,
    /// Show the configuration that holds, and where each value comes from
    Config(Config),
    /// Operate on the marketplace's administrators
    #[command(subcommand)]
    Admin(Admin),
    /// Operate on the keys that sign access tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Examine the data: does everything hold that must? Exits with 0 when it does, 1 when not, 2 when the
    /// data could not be examined
    Doctor(Doctor),
    /// Import products from another shop's file, or a taxonomy. Exits with 1 when rows could not be imported
    Import(Import),
    /// List the background work, or try again what was given up
    Jobs {
        /// What to do with it [default: list]
        #[command(subcommand)]
        what: Option<Jobs>,
    },
    /// Measure this machine: reads, checkouts, flash sales, whole journeys. Ends by examining the data, and
    /// exits with 1 when something does not hold that must
    #[command(subcommand)]
    Bench(Box<Scenario>),
    /// Operate on this node's search index
    #[command(subcommand)]
    Search(Search),
    /// Live a real marketplace again, through the API of a running server
    #[command(subcommand)]
    Replay(Replay),
}

/// What can be done with the search index.
#[derive(Debug, Subcommand)]
pub(crate) enum Search {
    /// Build it anew from the database, beside a running server, which goes on with the new one
    Rebuild,
}

/// What can be replayed.
#[derive(Debug, Subcommand)]
pub(crate) enum Replay {
    /// The Brazilian E-Commerce Public Dataset by Olist
    Olist(Olist),
}

/// Options of `replay olist`.
#[derive(Debug, Args)]
pub(crate) struct Olist {
    /// The folder of the data set's CSV files
    pub(crate) dir: PathBuf,
    /// The running server [default: the address it listens on by this configuration]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Purchases at a time
    #[arg(long, default_value_t = 16)]
    pub(crate) concurrency: usize,
    /// Join this many consecutive orders into one cart, so that carts span sellers
    #[arg(long, default_value_t = 1)]
    pub(crate) merge: usize,
    /// Only the first so many orders, with the sellers and products that they name
    #[arg(long)]
    pub(crate) orders: Option<usize>,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Fill an empty marketplace with three shops, their goods and a buyer, and print how to log in
    #[arg(long)]
    pub(crate) demo: bool,
}

/// Options of `config`.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Print a commented sample of souk.toml instead
    #[arg(long)]
    pub(crate) sample: bool,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `import`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Import {
    /// What else than products can be imported
    #[command(subcommand)]
    pub(crate) other: Option<ImportOther>,
    /// The products
    #[command(flatten)]
    pub(crate) products: Option<ImportProducts>,
}

/// What else than products can be imported.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportOther {
    /// Categories: a line each, `Animals & Pet Supplies > Live Animals`, as Google and Shopify publish theirs.
    /// Those that are there stay as they are
    Taxonomy(ImportTaxonomy),
}

/// Options of `import taxonomy`.
#[derive(Debug, Args)]
pub(crate) struct ImportTaxonomy {
    /// The file: text in UTF-8
    pub(crate) file: PathBuf,
    /// Find out what would be made and which lines have errors, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Options of `import` for products.
#[derive(Debug, Args)]
pub(crate) struct ImportProducts {
    /// The file: CSV in UTF-8, or Icecat's lines of JSON, plain or compressed by gzip
    pub(crate) file: PathBuf,
    /// Whose product export it is
    #[arg(long, value_parser = PossibleValuesParser::new(["shopify", "woocommerce", "icecat"]).try_map(|name| name.parse::<Format>()))]
    pub(crate) format: Format,
    /// The shop that the products are for: its slug or identifier. Without one, each supplier of an Icecat
    /// file becomes a shop
    #[arg(long, required_if_eq_any([("format", "shopify"), ("format", "woocommerce")]))]
    pub(crate) vendor: Option<VendorRef>,
    /// The stock of new variants of which the file says none
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=StockLevel::MAX))]
    pub(crate) default_stock: i64,
    /// Find out what would be done and which rows have errors, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Import each product of an Icecat file so many times, under numbers and titles that differ
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) multiply: u16,
    /// Fetch the images that an Icecat file names
    #[arg(long)]
    pub(crate) images: bool,
}

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// List jobs, newest first
    List(ListJobs),
    /// Give a failed job all its attempts again
    Retry {
        /// Identifier, as the list shows it
        id: JobId,
    },
}

/// Options of `jobs list`.
#[derive(Debug, Args)]
pub(crate) struct ListJobs {
    /// Only those that are `waiting`, `running` or `failed`
    #[arg(long, value_parser = job_state)]
    pub(crate) state: Option<JobState>,
}

fn job_state(text: &str) -> Result<JobState, String> {
    text.parse().map_err(|_| "must be `waiting`, `running` or `failed`".to_owned())
}

/// What can be done about keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make every server sign with a new key. Nobody is logged out: tokens of the old keys are good until
    /// they expire
    Rotate,
}

/// What can be done about administrators.
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make a user who operates the marketplace
    Create(CreateAdmin),
    /// Turn off the two-factor login of somebody who has lost it, such as the last administrator. All their
    /// sessions end, and they are told by mail
    ResetTwoFactor(ResetTwoFactor),
}

/// Options of `admin reset-two-factor`.
#[derive(Debug, Args)]
pub(crate) struct ResetTwoFactor {
    /// E-mail address of the user
    #[arg(long)]
    pub(crate) email: Email,
}

/// Options of `admin create`.
#[derive(Debug, Args)]
pub(crate) struct CreateAdmin {
    /// E-mail address to log in with
    #[arg(long)]
    pub(crate) email: Email,
    /// First name
    #[arg(long, default_value = "Admin")]
    pub(crate) first_name: Line<50>,
    /// Read the password from the standard input; else one is made and printed
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Make the user who has this e-mail address an administrator; their name and password stay
    #[arg(long, conflicts_with_all = ["password_stdin", "first_name"])]
    pub(crate) promote: bool,
}

impl Cli {
    /// Reads the arguments, with a flag for each setting. Prints help or a mistake and ends the process
    /// where that is what the arguments ask for.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> (Self, Inputs) {
        let matches = Self::command().args(setting_flags()).get_matches_from(arguments);
        let cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let inputs = Inputs {
            file: cli.config.clone(),
            variables: std::env::vars_os().collect(),
            flags: given_flags(&matches),
        };
        (cli, inputs)
    }
}

fn setting_flags() -> Vec<Arg> {
    let flag = |setting: &'static crate::config::Setting| {
        let doc = setting.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        Arg::new(setting.key)
            .long(setting.flag())
            .value_name("VALUE")
            .global(true)
            .help_heading("Configuration")
            .help(format!("{doc} [{}]", setting.variable()))
    };
    SETTINGS.iter().map(flag).collect()
}

fn given_flags(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let given = |key: &'static str| matches.get_one::<String>(key).map(|value| (key, value.clone()));
    SETTINGS.iter().filter_map(|setting| given(setting.key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().args(setting_flags()).debug_assert();
    }

    #[test]
    fn flags_may_stand_before_and_behind_the_command() {
        for line in [
            "souk --log warn migrate",
            "souk migrate --log warn",
            "souk admin create --email a@b.c --log=warn",
        ] {
            let (_, inputs) = Cli::read(line.split(' ').map(OsString::from));
            assert_eq!(inputs.flags, [("log", "warn".to_owned())], "{line}");
        }
    }
}
