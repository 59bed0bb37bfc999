//! Canned answers in place of the network, for the tests of this room.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use super::connect::Connected;

/// What is answered to one request.
#[derive(Debug, Clone)]
pub(super) enum Canned {
    /// A response.
    Response { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// The connection breaks.
    Reset,
    /// Nothing ever comes.
    Silence,
}

impl Canned {
    /// With a header more.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Response { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A response.
pub(super) fn json(status: u16, body: &str) -> Canned {
    Canned::Response { status, headers: Vec::new(), body: body.to_owned() }
}

/// A service that gives its answers in order and remembers what it was asked.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    answers: Arc<Mutex<Vec<Canned>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    pub(super) fn new(mut answers: Vec<Canned>) -> Self {
        answers.reverse();
        Self { answers: Arc::new(Mutex::new(answers)), seen: Arc::default() }
    }

    /// Each request: method, address, headers, body.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn connected(&self) -> Connected {
        self.connected_for(Duration::from_secs(5))
    }

    /// With a limit on every call.
    pub(super) fn connected_for(&self, call_timeout: Duration) -> Connected {
        let credentials = Credentials::new("AKID", "secret-key", Some("session-token".to_owned()), None, "test");
        self.connected_with(SharedCredentialsProvider::new(credentials), call_timeout)
    }

    pub(super) fn connected_without_credentials(&self) -> Connected {
        let nothing = provide_credentials_fn(|| async { Err(CredentialsError::not_loaded_no_source()) });
        self.connected_with(SharedCredentialsProvider::new(nothing), Duration::from_secs(5))
    }

    fn connected_with(&self, credentials: SharedCredentialsProvider, call_timeout: Duration) -> Connected {
        let connector = SharedHttpConnector::new(self.clone());
        let builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(credentials)
            .http_client(http_client_fn(move |_, _| connector.clone()));
        Connected::new(builder.build(), call_timeout).unwrap()
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers: Vec<String> = request.headers().iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let line = format!("{} {}\n{}\n{body}", request.method(), request.uri(), headers.join("\n"));
        self.seen.lock().unwrap().push(line);
        let answer = self.answers.lock().unwrap().pop();
        HttpConnectorFuture::ready(match answer {
            Some(Canned::Response { status, headers, body }) => {
                let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().append(name, value);
                }
                Ok(response)
            }
            Some(Canned::Silence) => return HttpConnectorFuture::new(std::future::pending()),
            Some(Canned::Reset) => Err(ConnectorError::io("connection reset by peer".into())),
            None => Err(ConnectorError::io("no answer is left".into())),
        })
    }
}
