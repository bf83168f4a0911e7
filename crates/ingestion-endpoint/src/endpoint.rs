//! The server.

use std::{io, net::Ipv4Addr, path::Path as FilePath, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tokio::net::TcpListener;

use crate::{
    behaviour::{Behaving, Behaviour},
    keep::Keep,
    query::{self, Query},
    rows::Row,
    track::track,
};

/// Most bytes of a request as it comes.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

#[derive(Debug)]
struct Desk {
    keep: Keep,
    behaving: Behaving,
}

/// An ingestion endpoint that listens on this machine.
#[derive(Debug)]
pub struct Endpoint {
    listener: TcpListener,
    port: u16,
    desk: Arc<Desk>,
}

impl Endpoint {
    /// Listens, and begins an empty file.
    ///
    /// # Errors
    /// The port is taken, or the file cannot be written.
    pub async fn bind(port: u16, keep: &FilePath) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Ok(Self {
            port: listener.local_addr()?.port(),
            listener,
            desk: Arc::new(Desk {
                keep: Keep::create(keep)?,
                behaving: Behaving::default(),
            }),
        })
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Serves until it is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self) -> io::Result<()> {
        let routes = Router::new()
            .route("/v2/track", post(take))
            .route("/v2.1/track", post(take))
            .route("/behaviour", post(behave))
            .route("/tables/{table}", get(rows))
            .route("/v1/workspaces/{workspace}/query", post(ask))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(self.desk);
        axum::serve(self.listener, routes).await
    }
}

async fn take(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(tracked) = track(&headers, &body, desk.behaving.next()) else {
        return std::future::pending().await;
    };
    match desk.keep.append(&tracked.items) {
        Ok(()) => tracked.answer,
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn behave(State(desk): State<Arc<Desk>>, Json(behaviour): Json<Behaviour>) -> StatusCode {
    desk.behaving.set(behaviour);
    StatusCode::NO_CONTENT
}

async fn rows(State(desk): State<Arc<Desk>>, Path(table): Path<String>) -> Response {
    let mut lines = String::new();
    let read = desk.keep.read(|item| {
        if let Some(row) = Row::of(&item).filter(|row| row.table == table) {
            lines.push_str(&serde_json::Value::Object(row.columns).to_string());
            lines.push('\n');
        }
    });
    match read {
        Ok(()) => ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn ask(State(desk): State<Arc<Desk>>, Json(query): Json<Query>) -> Response {
    query::answer(&desk.keep, &query)
}
