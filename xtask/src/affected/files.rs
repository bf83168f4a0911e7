//! What a file belongs to.

use std::collections::BTreeMap;

/// Files that decide how every app is built or hosted.
const EVERYTHING: [&str; 3] = ["host.json", "rust-toolchain.toml", ".cargo/config.toml"];

/// Folders of a package that are in no app.
const BESIDE: [&str; 4] = ["tests/", "benches/", "examples/", "fixtures/"];

/// What a change of a file touches.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Touched {
    /// Every app.
    Everything,
    /// The package of this name.
    Package(String),
    /// No app.
    Nothing,
}

/// What a change of the file touches; `packages` are names by folder.
pub(super) fn touched(path: &str, packages: &BTreeMap<String, String>) -> Touched {
    if EVERYTHING.contains(&path) {
        return Touched::Everything;
    }
    let mut owners = packages.iter().filter_map(|(folder, name)| {
        let inside = path.strip_prefix(folder.as_str())?.strip_prefix('/')?;
        Some((inside, name))
    });
    match owners.next_back() {
        Some((inside, _)) if is_beside(inside) => Touched::Nothing,
        Some((_, name)) => Touched::Package(name.clone()),
        None => Touched::Nothing,
    }
}

fn is_beside(inside: &str) -> bool {
    BESIDE.iter().any(|folder| inside.starts_with(folder)) || inside == "README.md"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_its_package_or_to_all_or_to_none() {
        let packages = BTreeMap::from([
            ("crates/feed".to_owned(), "feed".to_owned()),
            ("functions/orders".to_owned(), "orders".to_owned()),
        ]);
        let feed = || Touched::Package("feed".to_owned());
        for (path, expected) in [
            ("crates/feed/src/letters/list.rs", feed()),
            ("crates/feed/Cargo.toml", feed()),
            ("crates/feed/tests/it/letters.rs", Touched::Nothing),
            ("crates/feed/README.md", Touched::Nothing),
            ("crates/feeder/src/lib.rs", Touched::Nothing),
            (
                "functions/orders/ingest/function.json",
                Touched::Package("orders".to_owned()),
            ),
            ("functions/orders/fixtures/a.json", Touched::Nothing),
            ("host.json", Touched::Everything),
            ("docs/logging.md", Touched::Nothing),
        ] {
            assert_eq!(touched(path, &packages), expected, "{path}");
        }
    }
}
