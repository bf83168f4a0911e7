//! What must hold.

pub(crate) mod csv;
pub(crate) mod edi;
pub(crate) mod json;
