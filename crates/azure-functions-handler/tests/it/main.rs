//! The handler as the host sees it: requests through the router or through TCP.

mod change_feed;
mod golden;
mod host;
mod limits;
mod logs;
mod process;
mod proxied;
mod replies;
mod server;
