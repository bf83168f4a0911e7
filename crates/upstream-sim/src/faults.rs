//! What goes wrong, and how often.

/// Probabilities between 0 and 1. The default is a world without faults.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FaultProfile {
    /// A webhook is delivered twice: half of them under the same webhook id, half under a new one.
    pub twice: f64,
    /// A webhook is held back 0.2 to 3 s, so that later ones overtake it.
    pub late: f64,
    /// Beside a trip message, one about another load that breaks its contract.
    pub invalid_trip: f64,
    /// Beside a trip message, a forged one whose signature is wrong.
    pub bad_signature: f64,
    /// At the end, the first message of a load is pushed again under a new webhook id.
    pub stale: f64,
    /// An orders request is answered 429 with `Retry-After`.
    pub throttled: f64,
    /// An orders request is answered 503.
    pub unavailable: f64,
    /// An orders request is answered half a second late.
    pub slow: f64,
    /// Beside an order version, another order that breaks its contract.
    pub invalid_order: f64,
    /// An order version appears 0.2 to 3 s after its own `lastModifiedDateTime`.
    pub late_visible: f64,
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
    /// The names `set` knows; `reordered` is another name of `late`.
    pub const NAMES: [&'static str; 11] = [
        "twice",
        "late",
        "reordered",
        "invalid_trip",
        "bad_signature",
        "stale",
        "throttled",
        "unavailable",
        "slow",
        "invalid_order",
        "late_visible",
    ];

    /// Everyday trouble: what an ordinary week brings, in half a minute.
    #[must_use]
    pub fn mild() -> Self {
        Self {
            twice: 0.10,
            late: 0.15,
            invalid_trip: 0.01,
            bad_signature: 0.01,
            stale: 0.05,
            throttled: 0.02,
            unavailable: 0.02,
            slow: 0.02,
            invalid_order: 0.01,
            late_visible: 0.05,
        }
    }

    /// Sets one probability from `name=probability`; dashes and underscores are the same.
    pub fn set(&mut self, setting: &str) -> Result<(), UnknownFault> {
        let unknown = || UnknownFault(setting.to_owned());
        let (name, value) = setting.split_once('=').ok_or_else(unknown)?;
        let value: f64 = value.trim().parse().map_err(|_| unknown())?;
        if !(0.0..=1.0).contains(&value) {
            return Err(unknown());
        }
        *self
            .field(&name.trim().replace('-', "_"))
            .ok_or_else(unknown)? = value;
        Ok(())
    }

    fn field(&mut self, name: &str) -> Option<&mut f64> {
        Some(match name {
            "twice" => &mut self.twice,
            "late" | "reordered" => &mut self.late,
            "invalid_trip" => &mut self.invalid_trip,
            "bad_signature" => &mut self.bad_signature,
            "stale" => &mut self.stale,
            "throttled" => &mut self.throttled,
            "unavailable" => &mut self.unavailable,
            "slow" => &mut self.slow,
            "invalid_order" => &mut self.invalid_order,
            "late_visible" => &mut self.late_visible,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_sets_its_own_probability() {
        for name in FaultProfile::NAMES {
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
}
