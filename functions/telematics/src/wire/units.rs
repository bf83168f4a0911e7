//! A list of readings, or the one of a snapshot.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, de};

/// A list, or an object that stands for a list of one.
#[derive(Debug)]
pub enum Units<T> {
    /// A list.
    Listed(Vec<T>),
    /// The one.
    Single(T),
}

impl<T> Units<T> {
    /// Each with its index in the list, if it is one.
    pub fn numbered(self) -> impl Iterator<Item = (Option<usize>, T)> {
        let (listed, single) = match self {
            Self::Listed(units) => (units, None),
            Self::Single(unit) => (Vec::new(), Some(unit)),
        };
        let listed = listed.into_iter().enumerate();
        listed
            .map(|(index, unit)| (Some(index), unit))
            .chain(single.map(|unit| (None, unit)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Units<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Either<T> {
            type Value = Units<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or an object")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                let listed = de::value::SeqAccessDeserializer::new(seq);
                Vec::deserialize(listed).map(Units::Listed)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let single = de::value::MapAccessDeserializer::new(map);
                T::deserialize(single).map(Units::Single)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}
