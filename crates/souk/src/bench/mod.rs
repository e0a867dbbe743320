//! `souk bench`: load for a machine to be judged by, and the proof that all of it went right.
//!
//! The server under load is a process of its own, so that its processor time and memory are its own. The
//! data is made set-wise from rows that the program's operations wrote once ([`rows`]); carts are filled
//! outside of the measured time; at the end the doctor examines everything.

mod bare;
mod checkout;
mod client;
mod flash_sale;
mod journey;
mod limit;
mod load;
mod options;
mod process;
mod progress;
mod purchase;
mod reads;
mod report;
mod rows;
mod seed;
mod stage;
mod subject;

pub(crate) use options::Scenario;

use std::process::ExitCode;

use anyhow::Result;

use crate::config::Effective;
use crate::output;
use options::Common;
use report::Report;
use stage::Stage;

/// Runs a scenario and prints its report.
pub(crate) async fn run(effective: &Effective, scenario: Scenario) -> Result<ExitCode> {
    let (report, common) = match scenario {
        Scenario::Bare { file } => {
            bare::serve(&file).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Scenario::Seed(common) => {
            let stage = Stage::prepare(effective, &common, 2).await?;
            (stage.finish("seed", Vec::new(), &common).await?, common)
        }
        Scenario::Reads(options) => (reads::run(effective, &options).await?, options.common),
        Scenario::Checkout(options) => (checkout::run(effective, &options).await?, options.common),
        Scenario::FlashSale(options) => (flash_sale::run(effective, &options).await?, options.common),
        Scenario::Journey(options) => (journey::run(effective, &options).await?, options.common),
    };
    print(&report, &common)?;
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &Report, common: &Common) -> Result<()> {
    output::line(match common {
        Common { json: true, .. } => serde_json::to_string(report)?,
        Common { markdown: true, .. } => report.markdown(),
        _ => report.text(),
    });
    Ok(())
}
