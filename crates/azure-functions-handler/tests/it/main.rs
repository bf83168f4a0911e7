//! The handler as the host sees it: requests through the router or through TCP.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod change_feed;
mod golden;
mod host;
mod limits;
mod process;
mod proxied;
mod replies;
mod server;
