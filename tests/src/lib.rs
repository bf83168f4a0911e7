//! A world for end-to-end tests: the whole pipeline as processes, and the ways to harm it.

pub mod facts;
pub mod files;
pub mod kql;
pub mod many;
mod operator;
mod outside;
mod proxy;
pub mod story;
pub mod world;

pub use crate::{
    operator::{OnCall, Said, send_trip},
    outside::Outside,
    proxy::Proxy,
    world::{World, WorldBuilder, postgres},
};
