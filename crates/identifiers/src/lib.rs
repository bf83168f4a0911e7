#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod ascii;
mod check_digit;

mod digital_link;
mod element;
mod gs1;
mod sscc;
mod urn;

mod container;
mod imo;
mod locode;

pub use crate::{
    container::{Container, InvalidContainer},
    gs1::{Gs1Key, Gtin, InvalidGs1},
    imo::{ImoNumber, InvalidImo},
    locode::{InvalidLocode, Locode},
    sscc::Sscc,
};
