//! What a person sees while the pipeline runs.

use std::{
    io::{IsTerminal as _, Write as _},
    time::Duration,
};

use crate::run::SourceFigures;

/// Clears from the cursor to the end of the screen, so that a shorter picture leaves no rest of a longer one.
const CLEAR_BELOW: &str = "\x1b[J";

/// Draws the table of sources again and again: in place on a terminal, line by line elsewhere.
#[derive(Debug)]
pub(crate) struct View {
    in_place: bool,
    lines_drawn: usize,
}

impl View {
    pub(crate) fn new() -> Self {
        Self {
            in_place: std::io::stderr().is_terminal(),
            lines_drawn: 0,
        }
    }

    /// How often to draw: often where it costs nothing, seldom where every picture stays.
    pub(crate) const fn every(&self) -> Duration {
        Duration::from_millis(if self.in_place { 500 } else { 5_000 })
    }

    pub(crate) fn draw(&mut self, elapsed: Duration, sources: &[SourceFigures]) {
        let picture = picture(elapsed, sources);
        let mut output = String::new();
        if self.in_place && self.lines_drawn > 0 {
            output.push_str(&format!("\x1b[{}A{CLEAR_BELOW}", self.lines_drawn));
        }
        output.push_str(&picture);
        self.lines_drawn = picture.lines().count();
        // A closed terminal must not stop the pipeline.
        drop(std::io::stderr().write_all(output.as_bytes()));
    }
}

/// The table of all sources, one line each.
pub(crate) fn picture(elapsed: Duration, sources: &[SourceFigures]) -> String {
    let mut text = format!(
        "{:>6}  {:<10} {:>8} {:>8} {:>8} {:>9} {:>10} {:>7}   source to report, s\n{:>6}  {:<10} {:>8} {:>8} {:>8} {:>9} {:>10} {:>7}   {:>6} {:>6} {:>6}\n",
        "",
        "",
        "changes",
        "records",
        "",
        "",
        "",
        "dead",
        "time",
        "source",
        "upstream",
        "received",
        "applied",
        "duplicate",
        "superseded",
        "letters",
        "p50",
        "p99",
        "max",
    );
    for source in sources {
        let line = format!(
            "{:>5}s  {:<10} {:>8} {:>8} {:>8} {:>9} {:>10} {:>7}   {:>6} {:>6} {:>6}",
            elapsed.as_secs(),
            source.source,
            source.changes,
            source.received,
            source.applied,
            source.duplicate,
            source.superseded,
            source.dead_lettered,
            lag(source.freshness_ms.p50),
            lag(source.freshness_ms.p99),
            lag(source.freshness_ms.max),
        );
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Seconds with one digit; hours where seconds would say nothing.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn lag(milliseconds: i64) -> String {
    let seconds = milliseconds as f64 / 1000.0;
    if seconds < 10_000.0 {
        format!("{seconds:.1}")
    } else {
        format!("{:.0}h", seconds / 3600.0)
    }
}
