//! What goes to stdout and stderr.

use serde::Serialize;

/// One line of JSON, or of a table, on stdout.
#[expect(
    clippy::print_stdout,
    reason = "stdout is what a command line client is for"
)]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A part of a line on stdout.
#[expect(
    clippy::print_stdout,
    reason = "stdout is what a command line client is for"
)]
pub(crate) fn text(text: &str) {
    print!("{text}");
}

/// A value as JSON on stdout.
pub(crate) fn json(value: &impl Serialize) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Something for the person in front, which no program reads.
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Why it did not work.
pub(crate) fn failure(json: bool, error: &anyhow::Error) {
    if json {
        let code = error
            .downcast_ref::<crate::client::CallError>()
            .map_or("failed", |call| call.code());
        line(&serde_json::json!({ "error": code, "message": format!("{error:#}") }).to_string());
    }
    eprintln!("crossdock: {error:#}");
}
