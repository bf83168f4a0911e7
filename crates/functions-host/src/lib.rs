//! functions-host
