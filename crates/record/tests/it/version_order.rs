//! Versions of one key are totally ordered, and their texts sort the same way.

use proptest::prelude::*;
use record::{Lifecycle, SourceVersion, StopTimes};

use crate::arbitrary::version;

proptest! {
    #[test]
    fn versions_are_totally_ordered(a in version(), b in version(), c in version()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn texts_sort_as_versions_do(a in version(), b in version()) {
        prop_assert_eq!(a.to_string().as_bytes().cmp(b.to_string().as_bytes()), a.cmp(&b));
    }

    #[test]
    fn a_version_is_read_back_from_its_text(a in version()) {
        prop_assert_eq!(a.to_string().parse::<SourceVersion>().unwrap(), a);
    }

    #[test]
    fn other_texts_are_refused(text in "\\PC{0,60}") {
        if let Ok(version) = text.parse::<SourceVersion>() {
            prop_assert_eq!(version.to_string(), text);
        }
    }
}

#[test]
fn a_lower_lifecycle_never_outranks_a_higher_one() {
    let older = SourceVersion::new(1, 0);
    let newer = SourceVersion::new(2, 0);
    let times = |lifecycle| StopTimes {
        lifecycle,
        arrive: None,
        depart: None,
    };
    assert!(times(Lifecycle::Realized).version(older) > times(Lifecycle::Actual).version(newer));
    assert!(times(Lifecycle::Planned).version(older) > times(Lifecycle::Requested).version(newer));
    assert!(times(Lifecycle::Planned).version(older) < times(Lifecycle::Planned).version(newer));
}

#[test]
fn a_time_before_1970_is_no_version() {
    let before: jiff::Timestamp = "1969-12-31T23:59:59Z".parse().unwrap();
    assert_eq!(
        SourceVersion::at(before, 0).unwrap_err().to_string(),
        "`1969-12-31T23:59:59Z` is before 1970-01-01"
    );
}
