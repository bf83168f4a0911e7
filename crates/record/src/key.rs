//! The business key of a record.

use std::fmt;

use crate::Entity;

/// Longest business key in bytes, separators included.
///
/// Keeps documents, indexes and log lines small. A source whose ids may be longer has its normalizer hash them.
pub const KEY_BYTES_MAX: usize = 255;

const SEPARATOR: char = '|';

/// What is wrong with the parts of a business key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// A part is empty or blank, so that two different things would share a key.
    #[error("part {part} of the {entity} key is empty")]
    EmptyPart {
        /// The entity whose key was built.
        entity: Entity,
        /// Position of the part, from 1.
        part: usize,
    },
    /// A part holds the separator `|` or a control character.
    #[error("part {part} of the {entity} key, `{found}`, holds a separator or control character")]
    ForbiddenCharacter {
        /// The entity whose key was built.
        entity: Entity,
        /// Position of the part, from 1.
        part: usize,
        /// The part as it was found.
        found: String,
    },
    /// The whole key is longer than [`KEY_BYTES_MAX`].
    #[error("the {entity} key has {bytes} bytes, more than {KEY_BYTES_MAX}")]
    TooLong {
        /// The entity whose key was built.
        entity: Entity,
        /// Length found, in bytes.
        bytes: usize,
    },
}

/// Entity and business key: the identity of a thing across all its versions. A key that exists is valid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    entity: Entity,
    key: String,
}

impl RecordKey {
    /// Joins the parts of a business key with `|`. Blanks around a part do not count.
    pub fn new(entity: Entity, parts: &[&str]) -> Result<Self, InvalidKey> {
        let mut key = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
        for (index, part) in parts.iter().enumerate() {
            let (number, part) = (index + 1, part.trim());
            if part.is_empty() {
                return Err(InvalidKey::EmptyPart {
                    entity,
                    part: number,
                });
            }
            if part.chars().any(|c| c == SEPARATOR || c.is_control()) {
                return Err(InvalidKey::ForbiddenCharacter {
                    entity,
                    part: number,
                    found: part.to_owned(),
                });
            }
            if index > 0 {
                key.push(SEPARATOR);
            }
            key.push_str(part);
        }
        Self::checked(entity, key)
    }

    /// Reads a key back from its joined text, as a document or a report row holds it.
    pub fn from_text(entity: Entity, text: &str) -> Result<Self, InvalidKey> {
        let parts: Vec<&str> = text.split(SEPARATOR).collect();
        Self::new(entity, &parts)
    }

    fn checked(entity: Entity, key: String) -> Result<Self, InvalidKey> {
        if key.is_empty() {
            return Err(InvalidKey::EmptyPart { entity, part: 1 });
        }
        if key.len() > KEY_BYTES_MAX {
            return Err(InvalidKey::TooLong {
                entity,
                bytes: key.len(),
            });
        }
        Ok(Self { entity, key })
    }

    /// The entity that the key belongs to.
    #[must_use]
    pub const fn entity(&self) -> Entity {
        self.entity
    }

    /// The joined text, such as `CRONUS|SO-104577`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }
}

/// Entity and key, as logs show them: `order:CRONUS|SO-104577`.
impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.entity, self.key)
    }
}
