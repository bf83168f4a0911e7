//! A world for end-to-end tests: the whole pipeline as processes, and the ways to harm it.

mod proxy;
mod world;

pub use crate::{
    proxy::Proxy,
    world::{World, WorldBuilder, postgres},
};
