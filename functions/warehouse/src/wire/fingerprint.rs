//! A quick hash for what nobody has an interest to forge.

/// 64 bits that are the same for the same bytes, in every release: they are stored.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> u64 {
    // FNV-1a, then the last step of MurmurHash3, so that the upper bits are as good as the lower ones.
    let mut hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_it_was_and_spreads() {
        // Stored in every snapshot's state: a change here makes all stock look changed.
        assert_eq!(fingerprint(b""), 0xefd0_1f60_ba99_2926);
        let tenths: std::collections::HashSet<u64> = (0..1_000)
            .map(|number| {
                fingerprint(format!("SKU-{number}|-|A-01|-").as_bytes()) / (u64::MAX / 10)
            })
            .collect();
        assert!(tenths.len() >= 10);
    }
}
