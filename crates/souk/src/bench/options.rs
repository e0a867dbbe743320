//! The command line of `souk bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, value_parser};

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Product pages and lists, beside a bare route that answers the same bytes
    Reads(Reads),
    /// The checkout call: carts are filled beforehand
    Checkout(Checkout),
    /// Many buyers want a few units at the same moment
    FlashSale(FlashSale),
    /// From looking around to paying, or to the delivery
    Journey(Journey),
    /// Only make what the others measure on
    Seed(Common),
    /// Answer the bytes of a file on a bare route
    #[command(hide = true)]
    Bare {
        /// The body
        file: PathBuf,
    },
}

/// Options of every scenario.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// A server that runs already with this configuration, whose database is meant to be filled with test
    /// data [default: one of our own, on a database for the moment unless the configuration's flags name one]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Products there are to be
    #[arg(long, default_value_t = 20_000, value_parser = value_parser!(u32).range(1..=10_000_000))]
    pub(crate) products: u32,
    /// Shops there are to be
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) shops: u32,
    /// Paid orders of the past there are to be
    #[arg(long, default_value_t = 0)]
    pub(crate) orders: u32,
    /// Callers at a time, a connection each
    #[arg(long, short, default_value_t = 64, value_parser = value_parser!(u32).range(1..=15_000))]
    pub(crate) concurrency: u32,
    /// Calls in a second, whether the earlier ones are answered or not [default: as many as the callers get
    /// answered]
    #[arg(long, value_parser = value_parser!(u64).range(1..=1_000_000))]
    pub(crate) rate: Option<u64>,
    /// Seconds that are measured, in all rounds together
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u64).range(1..=86_400))]
    pub(crate) seconds: u64,
    /// Rounds that the median is taken of
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u64).range(1..=1_000))]
    pub(crate) rounds: u64,
    /// Seconds that are not counted, at the beginning
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(0..=3_600))]
    pub(crate) warm_up: u64,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the report as rows of a Markdown table
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,
    /// Do not examine at the end whether everything holds that must
    #[arg(long)]
    pub(crate) unexamined: bool,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// One product after the other
    Page,
    /// Lists of 20 with a filter, the same few dozen over and over
    List,
    /// Lists with filters that nobody asked for before
    NewList,
    /// The same with the counts of all kinds
    NewFacets,
    /// The same from the middle of a list on
    NewDeep,
    /// Searches that nobody asked for before
    Search,
    /// Nine pages to a list
    Mix,
}

/// Options of `bench reads`.
#[derive(Debug, Args)]
pub(crate) struct Reads {
    /// What is read
    #[arg(long, value_enum, default_value_t = What::Page)]
    pub(crate) what: What,
    /// Leave out the bare route
    #[arg(long)]
    pub(crate) alone: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of `bench checkout`.
#[derive(Debug, Args)]
pub(crate) struct Checkout {
    /// One product is in every cart
    #[arg(long)]
    pub(crate) hot: bool,
    /// Sellers of a cart, one unit from each
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u32).range(1..=50))]
    pub(crate) sellers: u32,
    /// Run the bare loop in turn, which writes the same rows without anything else
    #[arg(long)]
    pub(crate) limit: bool,
    /// Purchases that the bare loop writes in one transaction [default: as many as there are callers]
    #[arg(long)]
    pub(crate) group: Option<u32>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of `bench flash-sale`.
#[derive(Debug, Args)]
pub(crate) struct FlashSale {
    /// Buyers, a connection each
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=15_000))]
    pub(crate) buyers: u32,
    /// Units there are
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) units: u32,
    /// Sellers of a cart: the wanted unit comes from the first
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=50))]
    pub(crate) sellers: u32,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// How far a journey goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Journeys {
    /// Put two into the cart, buy, pay
    Buy,
    /// The same after a list and two product pages
    Browse,
    /// The same, and both sellers bring it to the buyer
    Deliver,
}

/// Options of `bench journey`.
#[derive(Debug, Args)]
pub(crate) struct Journey {
    /// How far it goes
    #[arg(long, value_enum, default_value_t = Journeys::Browse)]
    pub(crate) extent: Journeys,
    #[command(flatten)]
    pub(crate) common: Common,
}
