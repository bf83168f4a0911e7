//! What sites drop: files with a telling name, whose columns a CSVW schema describes.

mod contract;
mod fingerprint;
mod lines;
mod moment;
mod name;
mod stock;

pub use contract::{Contract, Contracts, Field, InvalidContract};
pub use fingerprint::fingerprint;
pub use lines::{Line, Lines, Movement};
pub use moment::Moment;
pub use name::{DropName, InvalidName, Kind};
pub use stock::{StockLine, StockProblem, stock_line};
