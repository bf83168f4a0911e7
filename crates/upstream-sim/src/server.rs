//! The simulation over HTTP: the orders API, and the simulation's own status and truth.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use crate::orders::odata;
use crate::sim::Sim;
use crate::telematics;

/// All routes of the process.
pub fn routes(sim: Arc<Sim>) -> Router {
    Router::new()
        .route(
            "/sim/status",
            get(|State(sim): State<Arc<Sim>>| async move {
                sim.look().await;
                Json(sim.status())
            }),
        )
        .route("/sim/truth", get(truth))
        .route("/sim/start", post(start))
        .with_state(Arc::clone(&sim))
        .merge(telematics::routes(Arc::clone(&sim)))
        .merge(odata::routes(sim))
}

async fn truth(State(sim): State<Arc<Sim>>) -> impl IntoResponse {
    sim.look().await;
    ([(header::CONTENT_TYPE, "application/json")], sim.truth())
}

async fn start(State(sim): State<Arc<Sim>>) -> Json<Value> {
    sim.release();
    Json(sim.status())
}
