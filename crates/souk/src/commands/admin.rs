//! `souk admin`: the first operator of a marketplace, and the way back in, beside a running server or before
//! its start.

use std::io::Read;

use anyhow::{Context, Result, bail};
use marketplace::accounts::{self, NewUser};
use marketplace::audit::{self, Act};
use marketplace::secrets;
use types::{Email, Password, UserId};

use crate::cli::{CreateAdmin, ResetTwoFactor};
use crate::config::Config;
use crate::opening::Opened;
use crate::output;

/// The most bytes that are read for a password, line end included.
const LONGEST_INPUT: u64 = Password::MAX as u64 * 4 + 2;

/// Makes the user, or promotes one. Without `--password-stdin` a password is made and printed once.
pub(crate) async fn create(config: &Config, options: CreateAdmin) -> Result<()> {
    if options.promote {
        return promote(config, options.email).await;
    }
    let given = if options.password_stdin { Some(password_from_stdin()?) } else { None };
    let password = match &given {
        Some(password) => password.clone(),
        None => secrets::token::<15>("")?.parse().context("the password that was made is not valid")?,
    };
    let opened = Opened::for_command(config).await?;
    let made = insert(&opened, &options, password.clone()).await;
    opened.close().await;
    let user = made?;
    output::line(format_args!("Made the administrator {} ({user}).", options.email));
    if given.is_none() {
        output::line(format_args!("Password: {}", password.expose()));
    }
    Ok(())
}

async fn promote(config: &Config, email: Email) -> Result<()> {
    let opened = Opened::for_command(config).await?;
    let (market, wanted) = (opened.market.clone(), email.clone());
    let promoted: marketplace::Result<Option<UserId>> = opened
        .market
        .db
        .write(async move |tx| {
            let market = market.for_act(Act::on_command_line("admin.promote"));
            let Some(user) = accounts::find_user_by_email(tx, &wanted).await? else { return Ok(None) };
            accounts::set_admin(tx, &market, user.id, true).await?;
            market.journal.about(user.id);
            audit::record(tx, &market).await?;
            Ok(Some(user.id))
        })
        .await;
    opened.close().await;
    match promoted.context("nobody was promoted")? {
        Some(user) => output::line(format_args!("{email} ({user}) is an administrator now.")),
        None => bail!("there is no user with the e-mail address {email}"),
    }
    Ok(())
}

/// Turns off a user's two-factor login.
pub(crate) async fn reset_two_factor(config: &Config, options: ResetTwoFactor) -> Result<()> {
    let ResetTwoFactor { email } = options;
    let opened = Opened::for_command(config).await?;
    let (market, wanted) = (opened.market.clone(), email.clone());
    let reset: marketplace::Result<Option<UserId>> = opened
        .market
        .db
        .write(async move |tx| {
            let market = market.for_act(Act::on_command_line("admin.reset_two_factor"));
            let Some(user) = accounts::find_user_by_email(tx, &wanted).await? else { return Ok(None) };
            accounts::end_lost_two_factor(tx, &market, user.id).await?;
            audit::record(tx, &market).await?;
            Ok(Some(user.id))
        })
        .await;
    opened.close().await;
    match reset {
        Ok(Some(user)) => output::line(format_args!("Two-factor login of {email} ({user}) is off now.")),
        Ok(None) => bail!("there is no user with the e-mail address {email}"),
        Err(error) if error.code() == Some("not_found") => {
            bail!("two-factor login of {email} is off already")
        }
        Err(error) => return Err(error).context("two-factor login was not turned off"),
    }
    Ok(())
}

async fn insert(opened: &Opened, options: &CreateAdmin, password: Password) -> Result<UserId> {
    let new = NewUser {
        email: options.email.clone(),
        password: accounts::hash_password(password).await?,
        first_name: options.first_name.clone(),
        last_name: None,
    };
    let market = opened.market.clone();
    let made: marketplace::Result<UserId> = opened
        .market
        .db
        .write(async move |tx| {
            let market = market.for_act(Act::on_command_line("admin.create"));
            let user = accounts::create_user(tx, &market, &new).await?;
            accounts::set_admin(tx, &market, user, true).await?;
            market.journal.about(user);
            audit::record(tx, &market).await?;
            Ok(user)
        })
        .await;
    match made {
        Err(error) if error.code() == Some("email_taken") => {
            bail!(
                "there is a user with the e-mail address {} already (`--promote` makes them an administrator)",
                options.email
            )
        }
        other => other.context("the administrator was not made"),
    }
}

/// The password on the standard input, without the one line end that `echo` adds.
fn password_from_stdin() -> Result<Password> {
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)
        .context("the password can't be read from the standard input")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let password = line.strip_suffix('\r').unwrap_or(line);
    password.parse().map_err(|error| anyhow::anyhow!("the password {error}"))
}
