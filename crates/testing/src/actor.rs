//! Somebody who speaks to the app.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt;
use types::UserId;

use crate::Response;

/// A client of the app: anonymous, or somebody with an access token.
#[derive(Debug, Clone)]
pub struct Actor {
    pub(crate) router: Router,
    /// The access token, when logged in.
    pub token: Option<String>,
    /// The user, when logged in.
    pub user: Option<UserId>,
    /// Headers sent with every request.
    pub headers: Vec<(String, String)>,
    /// Where the requests seem to come from.
    pub address: SocketAddr,
}

impl Actor {
    /// Somebody nobody knows, who speaks to this server.
    pub(crate) fn anonymous(router: Router) -> Self {
        let address = ([127, 0, 0, 1], 40_000).into();
        Self { router, token: None, user: None, headers: Vec::new(), address }
    }

    /// The same actor, who sends another header with every request.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut actor = self.clone();
        actor.headers.push((name.to_owned(), value.to_owned()));
        actor
    }

    /// The same actor with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same actor at another network address.
    #[must_use]
    pub fn at(&self, address: impl Into<SocketAddr>) -> Self {
        Self { address: address.into(), ..self.clone() }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None).await
    }
    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.send(Method::POST, path, Some(body)).await
    }
    /// POST without a body.
    pub async fn post_empty(&self, path: &str) -> Response {
        self.send(Method::POST, path, None).await
    }
    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Response {
        self.send(Method::PUT, path, Some(body)).await
    }
    /// PUT without a body.
    pub async fn put_empty(&self, path: &str) -> Response {
        self.send(Method::PUT, path, None).await
    }
    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Response {
        self.send(Method::PATCH, path, Some(body)).await
    }
    /// DELETE.
    pub async fn delete(&self, path: &str) -> Response {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method, with or without a JSON body.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        match body {
            Some(body) => {
                self.send_bytes(method, path, "application/json", body.to_string().into_bytes()).await
            }
            None => self.request(method, path, None, Vec::new()).await,
        }
    }

    /// Any method with any bytes.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Response {
        self.request(method, path, Some(content_type), body).await
    }

    /// POST of files as `multipart/form-data`: the part's name, the file's name, its bytes; a part
    /// without a file name is a plain field.
    pub async fn upload(&self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Response {
        self.send_form(Method::POST, path, parts).await
    }

    /// The same with another method.
    pub async fn send_form(
        &self,
        method: Method,
        path: &str,
        parts: &[(&str, Option<&str>, &[u8])],
    ) -> Response {
        let boundary = "souk-test-boundary";
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            body.extend(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                    .bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        self.send_bytes(method, path, &format!("multipart/form-data; boundary={boundary}"), body).await
    }

    async fn request(&self, method: Method, path: &str, kind: Option<&str>, body: Vec<u8>) -> Response {
        let mut request = Request::builder().method(&method).uri(path);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(body)).expect("the test's request is well-formed");
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the body arrives whole").to_bytes().to_vec();
        Response { request: format!("{method} {path}"), status: parts.status, headers: parts.headers, body }
    }
}
