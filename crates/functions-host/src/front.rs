//! The HTTP front: routes, keys, and the two ways an HTTP function reaches the handler.

mod forward;
mod payload;
mod serve;
mod template;

pub(crate) use serve::{Front, empty, key, router};
pub(crate) use template::Template;
