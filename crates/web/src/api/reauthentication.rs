//! Asking once more who somebody is, before what guards their account is changed.

use deserr::Deserr;
use marketplace::accounts::{self, AccountError, SecondFactor, rates};
use marketplace::{Error, throttle};
use types::{FieldErrors, GivenPassword};
use utoipa::ToSchema;

use crate::App;
use crate::extract::Login;
use crate::problem::Result;

/// Seconds after a login in which nobody is asked again.
const FRESH_SECONDS: i64 = 600;

/// What proves that the caller is still who logged in. Within ten minutes of the login nothing is needed.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = reauthentication, example = json!({ "current_password": "plum-kettle-orbit-42" }))]
pub(crate) struct Reauthentication {
    /// The password.
    #[deserr(default)]
    #[schema(required = false)]
    pub(crate) current_password: Option<GivenPassword>,
    /// A code of the authenticator or a recovery code, beside the password, when two-factor login is on.
    #[deserr(default)]
    #[schema(required = false)]
    pub(crate) totp: Option<SecondFactor>,
}

/// Refuses a caller whose login is old and who gives no password (`reauthentication_required`), and whoever
/// gives a wrong one.
pub(crate) async fn reauthenticate(app: &App, login: &Login, proof: Reauthentication) -> Result<()> {
    let Some(password) = proof.current_password else {
        let is_fresh = app.market().now() < login.opened_at.plus_seconds(FRESH_SECONDS);
        return if is_fresh {
            Ok(())
        } else {
            Err(Error::from(AccountError::ReauthenticationRequired).into())
        };
    };
    let (user, account) = (login.caller.user, login.caller.user.to_string());
    app.throttle(&[(rates::PASSWORD_BY_ACCOUNT, &account)]).await?;
    let known = accounts::credentials(&mut app.read().await?, user).await?;
    accounts::prove(known, password).await.map_err(at_current_password)?;
    let was_given = proof.totp.is_some();
    let attempt = app
        .write(async move |tx, market| {
            accounts::lock_user(tx, user).await?;
            let attempt = accounts::check_second_factor(tx, market, user, proof.totp.as_ref()).await?;
            if attempt.is_ok() {
                throttle::forget(tx, market, rates::PASSWORD_BY_ACCOUNT, &account).await?;
            }
            Ok(attempt)
        })
        .await?;
    attempt.map_err(|_| {
        let (code, detail) = if was_given {
            ("wrong_code", "this code is wrong or was used before")
        } else {
            ("required", "give the code of your authenticator, or a recovery code")
        };
        Error::invalid("/totp", code, detail).into()
    })
}

/// A wrong password is a mistake of the body here: the caller has proved who they are.
pub(crate) fn at_current_password(error: Error) -> Error {
    if error.code() == Some("invalid_credentials") {
        Error::invalid("/current_password", "wrong_password", "this is not the current password")
    } else {
        error
    }
}
