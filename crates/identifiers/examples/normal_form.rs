//! Prints the normal form of each argument: `cargo run -p identifiers --example normal_form -- CSQU3054383`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use identifiers::{Container, Gs1Key, ImoNumber, Locode, Sscc};

fn main() {
    for text in std::env::args().skip(1) {
        if let Ok(sscc) = Sscc::parse(&text) {
            println!("{text}: SSCC {}", sscc.ai_form());
        } else if let Ok(container) = Container::parse(&text) {
            println!(
                "{text}: container {}, check digit {}",
                container.owner_and_serial(),
                container.check_digit()
            );
        } else if let Ok(imo) = ImoNumber::parse(&text) {
            println!("{text}: ship {imo}");
        } else if let Ok(place) = Locode::parse(&text) {
            println!("{text}: place {place}");
        } else {
            match Gs1Key::parse(&text) {
                Ok(key) => println!("{text}: {}", key.ai_form()),
                Err(error) => println!("{text}: {error}"),
            }
        }
    }
}
