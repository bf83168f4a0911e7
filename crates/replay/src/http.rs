//! The admin routes, below `/api/operate`.
//!
//! The host lets only the master key in (`authLevel` `admin`); the caller says who it is in [`OPERATOR_HEADER`], and why
//! in the request.

mod answer;
mod changes;
mod letters;
mod plans;
mod sealed;
mod version;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::Replay;

pub use answer::{OPERATOR_HEADER, Problem, operator};

/// Longest request: a plan of half a million ids has about 18 MB.
pub const BODY_LIMIT_BYTES: usize = 24 * 1024 * 1024;

/// The routes of an app. What is below them is the app's own.
pub fn routes(replay: Replay) -> Router {
    Router::new()
        .route("/api/operate/version", get(version::show))
        .route("/api/operate/status", get(letters::status))
        .route("/api/operate/letters", get(letters::list))
        .route("/api/operate/letters/discard", post(changes::discard))
        .route("/api/operate/letters/archive", post(changes::archive))
        .route("/api/operate/letters/restore", post(changes::restore))
        .route("/api/operate/letters/edit", post(changes::edit))
        .route("/api/operate/letters/undo-edit", post(changes::undo_edit))
        .route("/api/operate/letters/{id}", get(letters::show))
        .route("/api/operate/groups", get(letters::groups))
        .route("/api/operate/letters/{id}/unseal", post(sealed::unseal))
        .route(
            "/api/operate/groups/{fingerprint}/notes",
            get(letters::notes).post(letters::add_note),
        )
        .route("/api/operate/audit", get(letters::audit))
        .route("/api/operate/plans", get(plans::list).post(plans::create))
        .route("/api/operate/plans/{id}", get(plans::show))
        .route("/api/operate/plans/{id}/letters/{chunk}", get(plans::items))
        .route(
            "/api/operate/plans/{id}/dry-run/{chunk}",
            post(plans::dry_run),
        )
        .route("/api/operate/plans/{id}/run", post(plans::run))
        .route("/api/operate/plans/{id}/awaiting", get(plans::awaiting))
        .route("/api/operate/plans/{id}/outcomes", post(plans::outcomes))
        .route("/api/operate/plans/{id}/pause", post(plans::pause))
        .route("/api/operate/plans/{id}/resume", post(plans::resume))
        .route("/api/operate/plans/{id}/cancel", post(plans::cancel))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(replay)
}
