//! A world for end-to-end tests: the whole pipeline as processes, and the ways to harm it.

pub mod facts;
mod operator;
mod outside;
mod proxy;
pub mod story;
pub mod world;

pub use crate::{
    operator::Said,
    outside::Outside,
    proxy::Proxy,
    world::{World, WorldBuilder, postgres},
};
