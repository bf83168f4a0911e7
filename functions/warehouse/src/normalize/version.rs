//! How new a row is.

use record::SourceVersion;

use crate::wire::DropName;

/// The version of a row: the cutoff in the file's name, its number, the row, and whether the row has its line end.
///
/// A snapshot is of one version in all its rows: that of row 0. A row without its line end is older than the same row
/// of the same file with it, since its last cell may have been cut.
#[must_use]
pub fn version(name: &DropName, row: u64, is_whole: bool) -> SourceVersion {
    // 30 bits for the number, which has 9 digits at most, 33 for the row, 1 for its end.
    let row = row.min((1 << 33) - 1);
    let minor = u64::from(name.seq) << 34 | row << 1 | u64::from(is_whole);
    SourceVersion::at(name.cutoff, minor).expect("a cutoff is not before 1970")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutoff_comes_before_number_before_row_before_end() {
        let name = |text: &str| DropName::parse(text).unwrap();
        let earlier = name("MOVE_DC3_20261109T2030Z_999999999.csv");
        let later = name("MOVE_DC3_20261109T2031Z_1.csv");
        let next = name("MOVE_DC3_20261109T2031Z_2.csv");
        let versions = [
            version(&earlier, 9_000_000, true),
            version(&later, 1, false),
            version(&later, 1, true),
            version(&later, 2, false),
            version(&later, 2_000_000_000, true),
            version(&next, 1, true),
        ];
        assert!(versions.is_sorted());
    }
}
