//! What takes bytes from outside, each as a function that must hold for any bytes.
//!
//! Two ways to run them: the loop of this package (stable compiler, nothing to install), and `cargo fuzz` (nightly,
//! guided by coverage), whose targets lie in `fuzz_targets/`.

pub mod corpus;
pub mod mutate;
mod targets;

pub use targets::{
    csv::csvw,
    edi::x12,
    json::{dcsa2, dcsa3, epcis, geotab, orders, samsara, trips},
};

/// Something that takes bytes from outside.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What must hold; a panic says that it does not.
    pub holds: fn(&[u8]),
    /// Where inputs that mean something lie, from the root of the repository, and how their names begin.
    pub corpus: &'static [(&'static str, &'static str)],
    /// What its inputs are made of.
    pub grammar: mutate::Grammar,
}

/// All of them.
pub const TARGETS: [Target; 9] = [
    Target {
        name: "x12",
        holds: x12,
        corpus: &[
            ("crates/x12/fixtures", ""),
            ("crates/x12/fixtures/framing", ""),
        ],
        grammar: mutate::Grammar::X12,
    },
    Target {
        name: "csvw",
        holds: csvw,
        corpus: &[("crates/csvw/fixtures", "")],
        grammar: mutate::Grammar::Csv,
    },
    json(
        "dcsa3",
        dcsa3,
        &[("functions/visibility/fixtures", "dcsa_")],
    ),
    json(
        "dcsa2",
        dcsa2,
        &[("functions/visibility/fixtures", "dcsa2")],
    ),
    json(
        "epcis",
        epcis,
        &[("functions/visibility/fixtures", "epcis")],
    ),
    json(
        "samsara",
        samsara,
        &[("functions/telematics/fixtures", "samsara")],
    ),
    json(
        "geotab",
        geotab,
        &[("functions/telematics/fixtures", "geotab")],
    ),
    json("orders", orders, &[("functions/orders/fixtures", "")]),
    json("trips", trips, &[("functions/transport/fixtures", "")]),
];

const fn json(
    name: &'static str,
    holds: fn(&[u8]),
    corpus: &'static [(&'static str, &'static str)],
) -> Target {
    Target {
        name,
        holds,
        corpus,
        grammar: mutate::Grammar::Json,
    }
}
