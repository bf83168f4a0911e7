//! Where something stands.

use std::fmt;

/// A place in a file, down to the component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Byte of the file, from 0.
    pub offset: u64,
    /// Segment of the interchange: ISA is 1. Empty segments are not counted.
    pub segment: u32,
    /// Segment of the transaction set: ST is 1. `None` outside of one.
    pub in_set: Option<u32>,
    /// Element of the segment: the one after the segment id is 1.
    pub element: Option<u16>,
    /// Component of the element, from 1.
    pub component: Option<u16>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "segment {}", self.segment)?;
        if let Some(in_set) = self.in_set {
            write!(f, " ({in_set} of its set)")?;
        }
        if let Some(element) = self.element {
            write!(f, ", element {element}")?;
        }
        if let Some(component) = self.component {
            write!(f, ", component {component}")?;
        }
        write!(f, ", byte {}", self.offset)
    }
}
