#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod delimiter;
mod flag;
mod limits;
mod place;
mod scan;

mod framing_error;
mod header;
mod looks_like;

mod element;
mod segment;
mod text;

mod date;
mod number;

mod group;
mod interchange;
mod transaction_set;

mod envelope;
mod interchanges;
mod splitter;

mod fault;
mod finding;
mod policy;

mod loops;

mod acknowledgement;
mod answer;
mod ta1;
mod write;

pub use crate::{
    acknowledgement::{
        Acknowledgement, ElementNote, NotAnAcknowledgement, Outcome, SegmentNote,
        SetAcknowledgement,
    },
    answer::{Answer, GroupVerdict},
    date::{Date, Time},
    delimiter::{Delimiter, Delimiters},
    element::{Element, ElementError},
    fault::{Code, ElementFault, Fault, SegmentFault},
    finding::Finding,
    flag::{Flag, Flags},
    framing_error::{FramingError, FramingFault},
    group::{Group, Version},
    header::Header,
    interchange::Interchange,
    interchanges::{Interchanges, interchanges},
    limits::Limits,
    looks_like::LooksLike,
    loops::{Loops, heading, loops},
    number::{Decimal, Implied},
    place::Place,
    policy::{Policy, Verdict},
    segment::{Segment, Segments},
    splitter::{InterchangeTooLong, Piece, Splitter},
    ta1::{Ta1, write_ta1},
    transaction_set::TransactionSet,
    write::{Outbound, Style},
};
