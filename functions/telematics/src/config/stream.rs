//! The streams that can be read.

use std::fmt;

/// Who runs the vehicles' gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Samsara: REST, one opaque cursor per feed.
    Samsara,
    /// Geotab: JSON-RPC, one version token per type.
    Geotab,
}

impl Provider {
    /// The stable text; part of every key.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Samsara => "samsara",
            Self::Geotab => "geotab",
        }
    }
}

/// One feed of one provider. Each has a cursor of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Positions, and the engine states that decide which of them are kept.
    SamsaraGps,
    /// Odometer and engine time.
    SamsaraOdometer,
    /// Positions.
    GeotabLogRecord,
    /// Diagnostics: odometer, engine time and ignition are read, all others passed over.
    GeotabStatusData,
    /// Trips: where they ended, and the engine's time.
    GeotabTrip,
    /// The vehicles themselves: name, number and plate.
    GeotabDevice,
}

impl Stream {
    /// Every stream.
    pub const ALL: [Self; 6] = [
        Self::SamsaraGps,
        Self::SamsaraOdometer,
        Self::GeotabLogRecord,
        Self::GeotabStatusData,
        Self::GeotabTrip,
        Self::GeotabDevice,
    ];

    /// The stable text, as in `TELEMATICS_STREAMS` and in the names of checkpoints.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SamsaraGps => "samsara:gps",
            Self::SamsaraOdometer => "samsara:odometer",
            Self::GeotabLogRecord => "geotab:LogRecord",
            Self::GeotabStatusData => "geotab:StatusData",
            Self::GeotabTrip => "geotab:Trip",
            Self::GeotabDevice => "geotab:Device",
        }
    }

    /// The stream of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == name)
    }

    /// The stream of a page with this message id.
    #[must_use]
    pub fn of_message(message_id: &str) -> Option<Self> {
        let (stream, _) = message_id.split_once('@')?;
        Self::from_name(stream)
    }

    /// Whose it is.
    #[must_use]
    pub const fn provider(self) -> Provider {
        match self {
            Self::SamsaraGps | Self::SamsaraOdometer => Provider::Samsara,
            Self::GeotabLogRecord
            | Self::GeotabStatusData
            | Self::GeotabTrip
            | Self::GeotabDevice => Provider::Geotab,
        }
    }

    /// What the provider is asked for: Samsara's `types`, at most three, or Geotab's `typeName`.
    #[must_use]
    pub const fn types(self) -> &'static str {
        match self {
            Self::SamsaraGps => "gps,engineStates",
            Self::SamsaraOdometer => "obdOdometerMeters,obdEngineSeconds",
            Self::GeotabLogRecord => "LogRecord",
            Self::GeotabStatusData => "StatusData",
            Self::GeotabTrip => "Trip",
            Self::GeotabDevice => "Device",
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
