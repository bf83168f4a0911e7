//! A Cosmos DB trigger. `consolidate/function.json`: a `cosmosDBTrigger` named `docs`, and **beside the bindings**
//! `"retry": {"strategy": "exponentialBackoff", "maxRetryCount": -1, "minimumInterval": "00:00:05",
//! "maximumInterval": "00:05:00"}`: without it the host skips a page that failed.

use azure_functions_handler::trigger::CosmosDb;
use azure_functions_handler::{App, Failure, Invocation, Outcome, ServeError};
use serde::Deserialize;

#[derive(Deserialize)]
struct Order<'a> {
    id: &'a str,
    quantity: u32,
}

#[tokio::main]
async fn main() -> Result<(), ServeError> {
    App::new()
        .function("consolidate", consolidate)
        .concurrency_max(8)
        .run()
        .await
}

async fn consolidate(invocation: Invocation<CosmosDb>) -> Result<Outcome, Failure> {
    let (mut orders, mut quantity, mut refused) = (0, 0, 0);
    for (_, order, document) in invocation.trigger.parse::<Order<'_>>()? {
        match order {
            Ok(order) => {
                tracing::debug!(id = order.id, "order");
                orders += 1;
                quantity += order.quantity;
            }
            // Put `document` away durably: answering 500 would bring the whole page again, for ever.
            Err(error) => {
                tracing::warn!(%error, bytes = document.get().len(), "refused");
                refused += 1;
            }
        }
    }
    Ok(Outcome::done().log(format!(
        "{orders} orders, quantity {quantity}, {refused} refused"
    )))
}
