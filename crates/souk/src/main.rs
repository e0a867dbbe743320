//! `souk`: a marketplace engine. The command line, the configuration, and the wiring of the crates.

mod bench;
mod cli;
mod commands;
mod config;
mod data_dir;
mod demo;
mod logs;
mod opening;
mod output;
mod replay;
mod serve;

use std::process::ExitCode;

use anyhow::{Context, Result};
use cli::{Admin, Cli, Command, Keys, Replay, Search};
use config::{Config, Effective};

/// Each password hash takes 19 MiB for a moment; the system's allocator would keep them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (cli, inputs) = Cli::read(std::env::args_os());
    if let Command::Config(cli::Config { sample: true }) = cli.command {
        output::line(config::sample().trim_end());
        return ExitCode::SUCCESS;
    }
    let failure = match cli.command {
        Command::Doctor(_) => ExitCode::from(commands::doctor::NOT_RUN),
        _ => ExitCode::FAILURE,
    };
    let ended =
        Effective::load(inputs).map_err(Into::into).and_then(|effective| run(cli.command, &effective));
    match ended {
        Ok(code) => code,
        Err(error) => {
            output::failure(&error);
            failure
        }
    }
}

fn run(command: Command, effective: &Effective) -> Result<ExitCode> {
    let config = &effective.config;
    if let Command::Config(_) = command {
        output::line(effective.describe().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    logs::start(config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime can't be started")?;
    let code = runtime.block_on(run_command(command, effective))?;
    // What still runs on spare threads (a password's hash) is not waited for.
    runtime.shutdown_background();
    Ok(code)
}

async fn run_command(command: Command, effective: &Effective) -> Result<ExitCode> {
    let config = &effective.config;
    match command {
        Command::Serve(options) => serve::run(config, &options).await?,
        Command::Migrate => migrate(config).await?,
        Command::Admin(Admin::Create(options)) => commands::admin::create(config, options).await?,
        Command::Admin(Admin::ResetTwoFactor(options)) => {
            commands::admin::reset_two_factor(config, options).await?;
        }
        Command::Keys(Keys::Rotate) => commands::keys::rotate(config).await?,
        Command::Replay(Replay::Olist(options)) => {
            let all_went_well = replay::olist(config, &options).await?;
            return Ok(if all_went_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Bench(scenario) => return bench::run(effective, *scenario).await,
        Command::Jobs { what } => commands::jobs::run(config, what).await?,
        Command::Search(Search::Rebuild) => commands::search::rebuild(config).await?,
        Command::Import(options) => return Box::pin(commands::import::run(config, options)).await,
        Command::Doctor(options) => return commands::doctor::run(config, &options).await,
        Command::Config(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(config: &Config) -> Result<()> {
    let db = opening::open_database(config).await?;
    db.close().await;
    output::line("The database's schema is up to date.");
    Ok(())
}
