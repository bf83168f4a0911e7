#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod datatype;
mod dialect;
mod schema;
mod title;

mod civil;
mod date_pattern;
mod decimal;
mod value;

mod ending;
mod file_error;
mod limits;
mod position;
mod row_error;
mod trailer;

mod encoding;
mod framer;
mod header;
mod layout;
mod reader;
mod row;
mod window;

pub use crate::{
    civil::{Date, DateTime, Time},
    datatype::{Base, Bound, Datatype},
    date_pattern::DatePattern,
    decimal::{Decimal, NumberFault},
    dialect::{Dialect, Trim},
    encoding::{EncodingChoice, EncodingReason},
    ending::Ending,
    file_error::{Binary, FileError},
    header::Header,
    limits::Limits,
    position::Position,
    reader::{Options, Reader, Step},
    row::Row,
    row_error::{RowError, RowFault},
    schema::{Column, Schema, SchemaError, SchemaProblem, Warning, WarningReason},
    trailer::TrailerRule,
    value::Value,
};
