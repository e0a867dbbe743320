//! Files, and fields beside them, as `multipart/form-data`.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use types::FieldErrors;

use crate::problem::{Problem, Result};

/// A form that is read by [`Form::open`], after the handler knows that the caller may do it.
#[derive(Debug)]
pub(crate) struct Form(std::result::Result<Multipart, MultipartRejection>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Infallible;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Infallible> {
        // Files are measured while they come in.
        DefaultBodyLimit::disable().apply(&mut request);
        Ok(Self(Multipart::from_request(request, state).await))
    }
}

impl Form {
    /// The form's fields; a request of another kind is refused as `unsupported_media_type`.
    pub(crate) fn open(self) -> Result<Fields> {
        let detail = "send files as `multipart/form-data`";
        let refuse = |_| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail);
        self.0.map(Fields).map_err(refuse)
    }
}

/// The fields of a form, one after the other, so that one at a time is in memory.
#[derive(Debug)]
pub(crate) struct Fields(Multipart);

impl Fields {
    /// The next field.
    pub(crate) async fn next(&mut self) -> Result<Option<FormField<'_>>> {
        Ok(self.0.next_field().await.map_err(|error| broken(&error))?.map(FormField))
    }
}

/// A field of a form.
#[derive(Debug)]
pub(crate) struct FormField<'f>(Field<'f>);

impl<'f> FormField<'f> {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        self.0.name().unwrap_or_default()
    }

    /// What its file was called where it comes from: the first 200 characters that can be shown.
    pub(crate) fn file_name(&self) -> Option<String> {
        let name = self.0.file_name()?;
        Some(name.chars().filter(|c| !c.is_control()).take(200).collect())
    }

    /// Its bytes; more than so many are refused as `too_large`.
    pub(crate) async fn read(self, most: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut pieces = self.pieces(most);
        while let Some(piece) = pieces.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Reads over its bytes; more than so many are refused as `too_large`.
    pub(crate) async fn pass(self, most: usize) -> Result<()> {
        let mut pieces = self.pieces(most);
        while pieces.next().await?.is_some() {}
        Ok(())
    }

    /// Its bytes as they come in; more than so many are refused as `too_large`.
    pub(crate) fn pieces(self, most: usize) -> Pieces<'f> {
        Pieces { field: self.0, most, left: most }
    }
}

/// The bytes of a field as they come in.
#[derive(Debug)]
pub(crate) struct Pieces<'f> {
    field: Field<'f>,
    most: usize,
    left: usize,
}

impl Pieces<'_> {
    /// The next of them.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(piece) = self.field.chunk().await.map_err(|error| broken(&error))? else { return Ok(None) };
        self.left = self.left.checked_sub(piece.len()).ok_or_else(|| Problem::too_large(self.most))?;
        Ok(Some(piece))
    }
}

/// A field that nobody asked for; `there_are` names those that there are.
pub(crate) fn unknown_field(name: &str, there_are: &str) -> FieldErrors {
    let detail = format!("there is no such field here; there is {there_are}");
    FieldErrors::one(format!("/{name}"), "unknown_field", detail)
}

fn broken(error: &MultipartError) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_multipart", error.body_text())
}
