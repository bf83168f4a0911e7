//! Numbers as X12 writes them. No floating point anywhere.

/// A number whose decimal point is implied (types N0 to N9): `digits / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Implied {
    /// All digits with the sign, `275433` for 2754.33.
    pub digits: i64,
    /// Digits after the point.
    pub scale: u8,
    /// The sender wrote a point where none belongs. The number is taken as written; flag it.
    pub explicit_point: bool,
}

impl Implied {
    pub(crate) fn read(text: &[u8], scale: u8) -> Option<Self> {
        let written = Decimal::read(text)?;
        let explicit_point = text.contains(&b'.');
        Some(Self {
            digits: i64::try_from(written.digits).ok()?,
            scale: if explicit_point {
                u8::try_from(written.scale).ok()?
            } else {
                scale
            },
            explicit_point,
        })
    }
}

/// A number whose decimal point is written (type R): `digits / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// All digits with the sign, `61250` for 612.50.
    pub digits: i128,
    /// Digits after the point as written: 2 for 612.50, 0 for 613.
    pub scale: u32,
}

impl Decimal {
    /// An optional sign, digits, at most one point; no exponent.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let (negative, unsigned) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let mut digits: i128 = 0;
        let mut scale = None;
        let mut seen = false;
        for byte in unsigned {
            match byte {
                b'0'..=b'9' => {
                    let digit = i128::from(byte - b'0');
                    digits = digits.checked_mul(10)?.checked_add(digit)?;
                    scale = scale.map(|scale: u32| scale + 1);
                    seen = true;
                }
                b'.' if scale.is_none() => scale = Some(0),
                _ => return None,
            }
        }
        let digits = if negative { -digits } else { digits };
        seen.then_some(Self {
            digits,
            scale: scale.unwrap_or(0),
        })
    }
}
