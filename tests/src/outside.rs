//! Upstreams that are pulled from, with pages that a test hands out one by one: Business Central, Samsara and Geotab.

mod telematics;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, Uri, header::HOST},
    routing::{get, post},
};
use local::settings::COMPANY_ID;
use serde_json::{Value, json};

/// A server on the loopback address that plays the three of them.
#[derive(Debug, Clone)]
pub struct Outside {
    url: String,
    pages: Arc<Mutex<Pages>>,
}

/// What can be read, and how far it was read.
#[derive(Debug, Default)]
struct Pages {
    /// What each pull of the orders finds: the first one until it was read to its end, then the next.
    orders: Vec<Value>,
    orders_read: usize,
    samsara: Vec<Value>,
    /// By the types that are asked for: pages behind which a reader is.
    samsara_read: BTreeMap<String, usize>,
    geotab: Vec<Value>,
    geotab_read: usize,
    geotab_was_over_limit: bool,
}

type Parameters = Query<BTreeMap<String, String>>;

impl Outside {
    /// Starts the server, without any page.
    pub async fn start() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let outside = Self {
            url: format!("http://{}", listener.local_addr()?),
            pages: Arc::default(),
        };
        let orders = format!("/api/v2.0/companies({COMPANY_ID})/salesOrders");
        let routes = Router::new()
            .route(&orders, get(orders_page))
            .route("/fleet/vehicles/stats/feed", get(telematics::samsara_feed))
            .route(
                "/fleet/vehicles/stats/history",
                get(telematics::samsara_history),
            )
            .route("/apiv1", post(telematics::geotab))
            .with_state(outside.clone());
        drop(tokio::spawn(
            async move { axum::serve(listener, routes).await },
        ));
        Ok(outside)
    }

    /// URL below which everything is, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets the next pull of the orders find this page.
    pub fn show_orders(&self, page: Value) {
        self.pages().orders.push(page);
    }

    /// Puts a page at the end of Samsara's feed.
    pub fn show_samsara(&self, page: Value) {
        self.pages().samsara.push(page);
    }

    /// Puts a page at the end of Geotab's feed of positions.
    pub fn show_geotab(&self, page: Value) {
        self.pages().geotab.push(page);
    }

    /// Whether every page was read and its reader has asked for what comes behind it, which it does when the page is
    /// durable.
    #[must_use]
    pub fn is_read(&self) -> bool {
        let pages = self.pages();
        let samsara = &pages.samsara;
        let samsara_read = pages.samsara_read.values();
        pages.orders_read == pages.orders.len()
            && pages.geotab_read == pages.geotab.len()
            && (samsara.is_empty() || pages.samsara_read.len() == telematics::SAMSARA_STREAMS)
            && samsara_read.min().copied().unwrap_or_default() == samsara.len()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page with orders links to a last one without any; whoever asks for that has taken in the first.
async fn orders_page(
    State(outside): State<Outside>,
    uri: Uri,
    headers: HeaderMap,
    Query(parameters): Parameters,
) -> Json<Value> {
    let mut pages = outside.pages();
    let last = json!({ "value": [] });
    if let Some(token) = parameters.get("$skiptoken") {
        pages.orders_read = pages.orders_read.max(token.parse().unwrap_or_default());
        return Json(last);
    }
    let number = pages.orders_read.min(pages.orders.len().saturating_sub(1));
    let mut page = pages.orders.get(number).cloned().unwrap_or(last);
    if !pages.orders.is_empty() {
        // At the address that was asked, which may be that of something in between.
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_default();
        let link = format!("http://{host}{}?$skiptoken={}", uri.path(), number + 1);
        page["@odata.nextLink"] = link.into();
    }
    Json(page)
}
