//! The HTTP client of the exporter.

use std::{sync::Arc, time::Duration};

use azure_core::credentials::TokenCredential;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header::AUTHORIZATION, uri::Scheme};
use opentelemetry::context::FutureExt;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::{runtime::Handle, time::timeout};

use super::{
    answer::{UnderWay, repeatable, wait},
    settings::Settings,
};

/// How long one request may take, its token included. Without a limit, one silent endpoint ends the export for good.
const REQUEST: Duration = Duration::from_secs(10);
/// What a token is asked for. The two slashes are right: the audience ends in one.
const SCOPE: &str = "https://monitor.azure.com//.default";

/// Sends from the threads of the exporter, which have no runtime, on the runtime of the app.
#[derive(Debug, Clone)]
pub(crate) struct IngestionClient {
    runtime: Handle,
    client: reqwest::Client,
    plain_loopback: bool,
    credential: Option<Arc<dyn TokenCredential>>,
    under_way: UnderWay,
}

impl IngestionClient {
    pub(crate) fn new(
        runtime: Handle,
        settings: &Settings,
        under_way: UnderWay,
    ) -> Result<Self, reqwest::Error> {
        let mut client = reqwest::Client::builder().timeout(REQUEST);
        if settings.plain_loopback {
            client = client.no_proxy();
        }
        Ok(Self {
            runtime,
            client: client.build()?,
            plain_loopback: settings.plain_loopback,
            credential: settings.credential.clone(),
            under_way,
        })
    }

    /// The same, for another queue.
    pub(crate) fn counting(&self, under_way: UnderWay) -> Self {
        Self {
            under_way,
            ..self.clone()
        }
    }
}

#[async_trait::async_trait]
impl HttpClient for IngestionClient {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if self.plain_loopback {
            // The exporter turns every http endpoint into https.
            let uri = std::mem::take(request.uri_mut());
            *request.uri_mut() = with_scheme_http(uri)?;
        }
        let client = self.client.clone();
        let credential = self.credential.clone();
        let exchange = async move {
            if let Some(credential) = credential {
                request
                    .headers_mut()
                    .insert(AUTHORIZATION, bearer(&*credential).await?);
            }
            client.send_bytes(request).await
        };
        // The context carries the mark that nothing said on the way is to be exported in turn.
        let bounded = async move { timeout(REQUEST, exchange).await? }.with_current_context();
        let answer = repeatable(self.runtime.spawn(bounded).await??);
        self.under_way.heard(&answer);
        if let Some(wait) = wait(&answer) {
            // This thread has no runtime, and no other clock either.
            self.runtime
                .spawn(async move { tokio::time::sleep(wait).await })
                .await?;
        }
        Ok(answer)
    }
}

fn with_scheme_http(uri: Uri) -> Result<Uri, http::Error> {
    let mut parts = uri.into_parts();
    parts.scheme = Some(Scheme::HTTP);
    Ok(Uri::from_parts(parts)?)
}

/// The header with the credential's token, which the credential itself keeps until shortly before it expires.
async fn bearer(credential: &dyn TokenCredential) -> Result<HeaderValue, HttpError> {
    let token = credential.get_token(&[SCOPE], None).await?;
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.token.secret()))?;
    value.set_sensitive(true);
    Ok(value)
}
