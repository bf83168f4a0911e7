//! A timer trigger. `pull/function.json`: a `timerTrigger` with `"schedule": "0 */5 * * * *"`.

use std::time::Duration;

use azure_functions_handler::trigger::Timer;
use azure_functions_handler::{App, Failure, Invocation, Outcome, ServeError};

#[tokio::main]
async fn main() -> Result<(), ServeError> {
    App::new()
        .function("pull", pull)
        .deadline(Duration::from_secs(120))
        .run()
        .await
}

async fn pull(invocation: Invocation<Timer>) -> Result<Outcome, Failure> {
    let mut pages = 0;
    // Stop well before the deadline; what is left is pulled the next time.
    while pages < 10
        && invocation
            .remaining()
            .is_none_or(|left| left > Duration::from_secs(30))
    {
        pages += 1;
    }
    let late = if invocation.trigger.is_past_due {
        ", late"
    } else {
        ""
    };
    Ok(Outcome::done().log(format!("pulled {pages} pages{late}")))
}
