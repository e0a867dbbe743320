//! How often what may be tried. Only failures count where a success gives its try back.

use crate::throttle::Rate;

/// Registrations from one network address that nobody verified: many people may share it.
pub const REGISTER_BY_ADDRESS: Rate = Rate { name: "register-address", tries: 100, seconds: 3_600 };

/// Registrations of one e-mail address.
pub const REGISTER_BY_ACCOUNT: Rate = Rate { name: "register-account", tries: 10, seconds: 3_600 };

/// Codes of registrations, right or wrong, from one network address.
pub const VERIFY_BY_ADDRESS: Rate = Rate { name: "verify-address", tries: 60, seconds: 900 };

/// New codes asked for from one network address.
pub const RESEND_BY_ADDRESS: Rate = Rate { name: "resend-address", tries: 30, seconds: 900 };

/// Failed logins from one network address: many people may share it.
pub const LOGIN_BY_ADDRESS: Rate = Rate { name: "login-address", tries: 100, seconds: 900 };

/// Failed logins with one e-mail address.
pub const LOGIN_BY_ACCOUNT: Rate = Rate { name: "login-account", tries: 10, seconds: 900 };

/// Reset codes asked for from one network address.
pub const FORGOT_BY_ADDRESS: Rate = Rate { name: "forgot-address", tries: 30, seconds: 3_600 };

/// Reset codes mailed to one account. Past it the answer stays the same and no mail is sent.
pub(super) const FORGOT_BY_ACCOUNT: Rate = Rate { name: "forgot-account", tries: 5, seconds: 3_600 };

/// Failed resets from one network address.
pub const RESET_BY_ADDRESS: Rate = Rate { name: "reset-address", tries: 60, seconds: 900 };

/// Failed resets of one account.
pub const RESET_BY_ACCOUNT: Rate = Rate { name: "reset-account", tries: 10, seconds: 900 };

/// Wrong codes of one user's second factor, which only who knows the password gets to try: with three
/// codes of a million good at a time, a year of guessing finds one with a chance of one in five.
pub(super) const TOTP_BY_ACCOUNT: Rate = Rate { name: "totp-account", tries: 8, seconds: 3_600 };

/// Changes of one user's e-mail address that are begun: each mails to two addresses.
pub(super) const EMAIL_BY_ACCOUNT: Rate = Rate { name: "email-account", tries: 5, seconds: 3_600 };

/// Failed changes of one user's password.
pub const PASSWORD_BY_ACCOUNT: Rate = Rate { name: "password-account", tries: 10, seconds: 900 };
