//! An HTTP trigger. host.json: `"enableProxyingHttpRequest": true`; `hello/function.json`: an `httpTrigger` with the
//! route `hello/{name}` and an `http` output.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use azure_functions_handler::{App, ServeError};

#[tokio::main]
async fn main() -> Result<(), ServeError> {
    let routes = Router::new().route("/api/hello/{name}", get(hello));
    App::new().http(routes).run().await
}

async fn hello(Path(name): Path<String>) -> String {
    format!("hello, {name}")
}
