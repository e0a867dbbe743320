//! What an operation answers when it does not do what was asked.
//!
//! Features have their own error types and implement [`Rejection`] for them: which [`Kind`] of refusal
//! it is and its stable code. They become an [`Error`] by `?`. Only the web layer knows what a kind
//! means in HTTP.

use types::{FieldError, FieldErrors};

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How an operation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody knows who is asking.
    Unauthenticated,
    /// It is known who is asking, and that they may not.
    Forbidden,
    /// There is no such thing, or none that the caller may know of.
    NotFound,
    /// It was there and is no more.
    Gone,
    /// The request makes no sense, whatever the state.
    Malformed,
    /// A value of the request can't be accepted.
    Invalid,
    /// The state of things does not allow it.
    Conflict,
    /// What the caller saw has changed since.
    Stale,
    /// More bytes than allowed.
    TooLarge,
    /// Bytes of a kind that isn't taken.
    UnsupportedMedia,
    /// Too often; try again after this many seconds.
    RateLimited {
        /// Seconds until it may work again.
        retry_after: i64,
    },
    /// Not now; try again after this many seconds.
    Unavailable {
        /// Seconds until it may work again.
        retry_after: i64,
    },
}

/// A feature's error that a caller brought about and is told of.
///
/// `Display` is the sentence that the caller reads.
pub trait Rejection: std::error::Error + Send + Sync + 'static {
    /// How it was refused.
    fn kind(&self) -> Kind;
    /// The stable code of `api.md`, such as `invalid_transition`.
    fn code(&self) -> &'static str;
    /// The places that are wrong, when there are some.
    fn errors(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller brought it about.
    #[error("{0}")]
    Rejected(Box<dyn Rejection>),
    /// Values of the request can't be accepted.
    #[error("the request has mistakes")]
    Invalid(FieldErrors),
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] db::Error),
    /// Something that can't be: a broken invariant, an unreadable file. Its text is for operators only.
    #[error("{context}")]
    Internal {
        /// What was being done.
        context: String,
        /// What went wrong, when something did.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

impl Error {
    /// Something that can't be, in words for an operator.
    pub fn internal(context: impl Into<String>) -> Self {
        Self::Internal { context: context.into(), source: None }
    }

    /// A failure below us, in words for an operator.
    pub fn failed(
        context: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Internal { context: context.into(), source: Some(source.into()) }
    }

    /// One mistake of a request's body at `pointer`.
    pub fn invalid(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(pointer, code, detail))
    }

    /// The code of a rejection, when it is one.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Rejected(rejection) => Some(rejection.code()),
            Self::Invalid(_) => Some("invalid"),
            Self::Database(_) | Self::Internal { .. } => None,
        }
    }
}

impl<R: Rejection> From<R> for Error {
    fn from(rejection: R) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

/// An error and its causes on one line, for logs and operators.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        text.push_str(": ");
        text.push_str(&below.to_string());
        cause = below.source();
    }
    text
}

/// The refusals that any feature may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No or no valid credentials.
    #[error("log in first")]
    Unauthenticated,
    /// The access token was right once.
    #[error("the access token has expired")]
    TokenExpired,
    /// Not for this caller.
    #[error("this is not for you")]
    Forbidden,
    /// Nothing there that the caller may know of.
    #[error("there is no such thing")]
    NotFound,
    /// It was there once.
    #[error("this is no longer offered")]
    Gone,
    /// `If-Match` named an older state.
    #[error("it has changed since you read it")]
    Stale,
    /// Tried too often.
    #[error("too many attempts; try again in {retry_after} s")]
    RateLimited {
        /// Seconds until it may work again.
        retry_after: i64,
    },
}

impl Rejection for Refusal {
    fn kind(&self) -> Kind {
        match *self {
            Self::Unauthenticated | Self::TokenExpired => Kind::Unauthenticated,
            Self::Forbidden => Kind::Forbidden,
            Self::NotFound => Kind::NotFound,
            Self::Gone => Kind::Gone,
            Self::Stale => Kind::Stale,
            Self::RateLimited { retry_after } => Kind::RateLimited { retry_after },
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::TokenExpired => "token_expired",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Gone => "gone",
            Self::Stale => "precondition_failed",
            Self::RateLimited { .. } => "rate_limited",
        }
    }
}
