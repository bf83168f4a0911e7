//! Reads a request body of known or unknown length, within a limit.

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is longer than {limit} bytes (body_limit_bytes)")]
    TooLong { limit: usize },
    #[error("the body ended before its end: {0}")]
    Torn(#[source] axum::Error),
}

/// The whole body; a body that came in one piece is not copied.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let declared = body.size_hint().exact();
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLong { limit });
    }
    let mut chunks = body.into_data_stream();
    let Some(first) = chunks.next().await.transpose().map_err(BodyError::Torn)? else {
        return Ok(Bytes::new());
    };
    within(first.len(), limit)?;
    let Some(second) = chunks.next().await.transpose().map_err(BodyError::Torn)? else {
        return Ok(first);
    };

    let declared = declared
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or_default();
    let mut whole = BytesMut::with_capacity(declared.max(first.len() + second.len()));
    whole.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        within(whole.len().saturating_add(chunk.len()), limit)?;
        whole.extend_from_slice(&chunk);
        next = chunks.next().await.transpose().map_err(BodyError::Torn)?;
    }
    Ok(whole.freeze())
}

fn within(length: usize, limit: usize) -> Result<(), BodyError> {
    if length > limit {
        Err(BodyError::TooLong { limit })
    } else {
        Ok(())
    }
}
