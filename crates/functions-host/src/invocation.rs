//! One run of a function: payload, call, answer, retries.

mod answer;
mod attempt;
mod binding_data;
mod call;
mod encoding;
mod newtonsoft;
mod retry;

pub use call::BodyFraming;
pub use newtonsoft::RewriteDates;

pub(crate) use answer::Answer;
pub(crate) use attempt::{Outcome, Runner};
pub(crate) use binding_data::binding_data;
pub(crate) use call::{CallOptions, Caller, HOST_VERSION};
pub(crate) use encoding::{Payload, TriggerValue, encode_text, quote};
pub(crate) use newtonsoft::rewrite;
