//! What goes wrong, and how often.

/// Declares the profile: per fault its probability under `mild` and under `hard`.
macro_rules! faults {
    ($($(#[$doc:meta])+ $name:ident: $mild:literal, $hard:literal;)+) => {
        /// Probabilities between 0 and 1. The default is a world without faults.
        ///
        /// A name without a source in it is of the two systems that were there first: `orders` and `transport`.
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        pub struct FaultProfile {
            $($(#[$doc])+ pub $name: f64,)+
        }

        impl FaultProfile {
            /// The names that `set` knows; it also takes `reordered` for `late`.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Everyday trouble: what an ordinary week brings, in half a minute.
            #[must_use]
            pub const fn mild() -> Self {
                Self { $($name: $mild),+ }
            }

            /// Every kind of trouble, all at once and most of the time.
            #[must_use]
            pub const fn hard() -> Self {
                Self { $($name: $hard),+ }
            }

            fn field(&mut self, name: &str) -> Option<&mut f64> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)+
                    _ => None,
                }
            }
        }
    };
}

faults! {
    // orders

    /// An orders request is answered 429 with `Retry-After`.
    throttled: 0.02, 0.10;
    /// An orders request is answered 503.
    unavailable: 0.02, 0.10;
    /// An orders request is answered half a second late.
    slow: 0.02, 0.10;
    /// Beside an order version, another order that breaks its contract.
    invalid_order: 0.01, 0.05;
    /// An order version appears 0.2 to 3 s after its own `lastModifiedDateTime`.
    late_visible: 0.05, 0.25;

    // transport

    /// A webhook is delivered twice: half of them under the same webhook id, half under a new one.
    twice: 0.10, 0.30;
    /// A webhook is held back 0.2 to 3 s, so that later ones overtake it.
    late: 0.15, 0.40;
    /// Beside a trip message, one about another load that breaks its contract.
    invalid_trip: 0.01, 0.05;
    /// Beside a trip message, a forged one whose signature is wrong.
    bad_signature: 0.01, 0.05;
    /// At the end, the first message of a load is pushed again under a new webhook id.
    stale: 0.05, 0.25;

    // warehouse and carrier: between them and the storage account

    /// The event of a file comes twice.
    drop_twice: 0.05, 0.20;
    /// An event comes before the bytes do (`CreateFile`), and another one when they are there (`FlushWithClose`).
    drop_early: 0.05, 0.20;
    /// A file is held back 0.3 to 4 s, so that later ones overtake it.
    drop_late: 0.10, 0.30;
    /// The same bytes come once more under another name.
    drop_again: 0.05, 0.15;
    /// The same bytes are written once more under the same name.
    drop_rewritten: 0.05, 0.15;
    /// An upload breaks off within a row, is told of as whole, and comes whole later (warehouse).
    drop_torn: 0.05, 0.15;
    /// An upload breaks off within a row for good; what is missing is reported with a later file (warehouse).
    drop_cut: 0.02, 0.08;
    /// Beside a file, something in the queue that is no event.
    drop_garbage: 0.02, 0.08;

    // warehouse

    /// A file comes out of another tool: another encoding, delimiter, line end.
    warehouse_odd_dialect: 0.15, 0.50;
    /// A row among the others that breaks its contract.
    warehouse_bad_row: 0.10, 0.30;
    /// Beside a file, another one whose header lacks a column that it must have.
    warehouse_bad_header: 0.02, 0.08;
    /// A row is in its file twice.
    warehouse_repeated_row: 0.10, 0.30;
    /// A movement is reported once more, with another quantity.
    warehouse_restated: 0.10, 0.30;
    /// A time in the hour that the clock shows twice.
    warehouse_ambiguous_time: 0.05, 0.15;

    // carrier

    /// An interchange with other separators, line ends or widths.
    carrier_odd_style: 0.15, 0.50;
    /// A set whose segments are not as many as it says.
    carrier_miscounted: 0.03, 0.10;
    /// A set that ends with another control number than it began with.
    carrier_mismatched: 0.01, 0.05;
    /// A group of sets that nobody here reads.
    carrier_unsupported: 0.05, 0.15;
    /// An interchange is in a later file once more.
    carrier_resent: 0.05, 0.20;
    /// The last interchange of a file ends within its last set.
    carrier_cut: 0.03, 0.10;
    /// An answer of ours gets lost, so that the partner sends the group again and is owed the same answer.
    carrier_answer_lost: 0.05, 0.15;

    // telematics: readings

    /// A vehicle's reading is never sent.
    telematics_gap: 0.02, 0.10;
    /// A reading comes after later ones of its vehicle.
    telematics_late: 0.03, 0.15;
    /// A reading stands in the feed twice.
    telematics_twice: 0.03, 0.15;
    /// Readings of a vehicle stand in another order than that of their times.
    telematics_disordered: 0.05, 0.30;
    /// A position is 0/0, off the globe, or has an impossible speed.
    telematics_bad_fix: 0.02, 0.10;
    /// A vehicle's counters begin anew.
    telematics_reset: 0.05, 0.20;
    /// Beside a reading, one that breaks its contract.
    telematics_invalid: 0.01, 0.05;

    // telematics: answers

    /// A request is one too many: 429, or an `OverLimitException`, with a fractional `Retry-After`.
    telematics_throttled: 0.02, 0.10;
    /// A request is answered 503, or with a `DbUnavailableException`.
    telematics_unavailable: 0.02, 0.10;
    /// A request is answered up to a second late.
    telematics_slow: 0.02, 0.10;
    /// A page ends in the middle, twice in a row.
    telematics_torn: 0.01, 0.04;
    /// A page begins with what the one before ended with.
    telematics_repeated: 0.05, 0.25;
    /// A cursor is not known any more.
    telematics_expired: 0.01, 0.05;
    /// A Geotab session has ended.
    telematics_session: 0.03, 0.15;

    // visibility

    /// A push is delivered twice.
    visibility_twice: 0.10, 0.30;
    /// A push is held back 0.2 to 3 s, so that later ones overtake it.
    visibility_late: 0.15, 0.40;
    /// Events stand in a push in the reverse of their order.
    visibility_disordered: 0.10, 0.50;
    /// A correction or a retraction is pushed before what it is about.
    visibility_first: 0.10, 0.50;
    /// An event that breaks its contract stands in a good push.
    visibility_invalid: 0.04, 0.20;
    /// Beside a push, one that ends in the middle.
    visibility_torn: 0.01, 0.05;
    /// Beside a push, one that bears a wrong key or signature.
    visibility_bad_signature: 0.02, 0.10;
    /// At the end, a push is repeated.
    visibility_stale: 0.05, 0.25;
}

/// A `--fault name=probability` that means nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownFault(pub String);

impl std::fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "no such fault or no probability in {:?}; faults: {}",
            self.0,
            FaultProfile::NAMES.join(", ")
        )
    }
}

impl std::error::Error for UnknownFault {}

impl FaultProfile {
    /// Sets one probability from `name=probability`; dashes and underscores are the same.
    pub fn set(&mut self, setting: &str) -> Result<(), UnknownFault> {
        let unknown = || UnknownFault(setting.to_owned());
        let (name, value) = setting.split_once('=').ok_or_else(unknown)?;
        let value: f64 = value.trim().parse().map_err(|_| unknown())?;
        if !(0.0..=1.0).contains(&value) {
            return Err(unknown());
        }
        let name = match name.trim().replace('-', "_") {
            name if name == "reordered" => "late".to_owned(),
            name => name,
        };
        *self.field(&name).ok_or_else(unknown)? = value;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_sets_its_own_probability() {
        for name in FaultProfile::NAMES.iter().chain(&["reordered"]) {
            let mut profile = FaultProfile::default();
            profile.set(&format!("{name}=0.5")).unwrap();
            assert_ne!(profile, FaultProfile::default(), "{name}");
        }
        let mut profile = FaultProfile::default();
        profile.set("bad-signature=1").unwrap();
        assert_eq!(profile.bad_signature, 1.0);
        for wrong in ["twice", "twice=2", "twice=x", "other=0.1"] {
            assert!(profile.set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_fault_is_commoner_in_the_harder_profile() {
        for name in FaultProfile::NAMES {
            let (mut mild, mut hard) = (FaultProfile::mild(), FaultProfile::hard());
            let (mild, hard) = (mild.field(name).unwrap(), hard.field(name).unwrap());
            assert!(0.0 < *mild && mild < hard, "{name}: {mild} {hard}");
        }
    }
}
