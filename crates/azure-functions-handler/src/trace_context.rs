//! The W3C `traceparent` that the host sends.

use std::fmt;

use http::HeaderMap;

/// Where in a distributed trace an invocation stands.
///
/// The host adds `traceparent` only while it has telemetry of its own switched on; without it there is none, and you
/// may start a trace with a random id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TraceContext {
    /// Trace id, never all zero. With Application Insights this is `operation_Id`.
    pub trace_id: [u8; 16],
    /// Id of the span that called us, never all zero.
    pub parent_id: [u8; 8],
    /// The sampled flag as the host wrote it. **Not a decision**: the host's telemetry SDK always writes `-00`.
    ///
    /// A parent-based sampler that trusts it drops every span of the handler. Take the ids, and decide yourself.
    pub sampled_by_host: bool,
}

impl TraceContext {
    /// Reads the `traceparent` header; `None` when it is absent or malformed.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        Self::parse(headers.get("traceparent")?.to_str().ok()?)
    }

    /// Reads the value of a `traceparent` header; `None` when it is malformed.
    #[must_use]
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut fields = traceparent.trim().split('-');
        let [version] = hex::<1>(fields.next()?)?;
        let trace_id = hex::<16>(fields.next()?)?;
        let parent_id = hex::<8>(fields.next()?)?;
        let [flags] = hex::<1>(fields.next()?)?;
        // Later versions may append fields; version 0 has exactly four, and 0xff is forbidden.
        let well_formed = version != 0xff && (version != 0 || fields.next().is_none());
        let known = trace_id != [0; 16] && parent_id != [0; 8];
        (well_formed && known).then_some(Self {
            trace_id,
            parent_id,
            sampled_by_host: flags & 1 == 1,
        })
    }

    /// The trace id as 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn trace_id_hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.trace_id))
    }

    /// The parent span id as 16 lower-case hexadecimal digits.
    #[must_use]
    pub fn parent_id_hex(&self) -> String {
        format!("{:016x}", u64::from_be_bytes(self.parent_id))
    }
}

/// Writes the `traceparent` header value.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled_by_host);
        write!(
            f,
            "00-{}-{}-{flags:02x}",
            self.trace_id_hex(),
            self.parent_id_hex()
        )
    }
}

fn hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let lower_hex = digits
        .bytes()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if digits.len() != 2 * N || !lower_hex {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
