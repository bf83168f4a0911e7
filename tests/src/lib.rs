//! A world for end-to-end tests: the whole pipeline as processes, and the ways to harm it.

mod operator;
mod proxy;
mod world;

pub use crate::{
    operator::Said,
    proxy::Proxy,
    world::{World, WorldBuilder, postgres},
};
