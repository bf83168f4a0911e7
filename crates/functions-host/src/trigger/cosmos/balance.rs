//! Which leases to take: an equal share for each live owner.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::lease::Lease;

/// The leases to take now: those without a living owner first, otherwise one from the richest owner.
///
/// `running` tells whether a task of this host still works on a lease.
pub(super) fn choose(
    all: &[Lease],
    me: &str,
    expiration: Duration,
    now: Timestamp,
    running: impl Fn(&str) -> bool,
) -> Vec<Lease> {
    let oldest = now
        .as_millisecond()
        .saturating_sub(i64::try_from(expiration.as_millis()).unwrap_or(i64::MAX));
    let mut owned: BTreeMap<&str, Vec<&Lease>> = BTreeMap::from([(me, Vec::new())]);
    let mut free = Vec::new();
    for lease in all {
        match lease.document.owner.as_deref() {
            // Ours by name, but no task works on it any more.
            Some(owner) if owner == me && !running(lease.id()) => free.push(lease),
            Some(owner) if owner == me || lease.document.touched >= oldest => {
                owned.entry(owner).or_default().push(lease)
            }
            _ => free.push(lease),
        }
    }
    let target = all.len().div_ceil(owned.len());
    let mine = owned.get(me).map_or(0, Vec::len);
    let missing = target.saturating_sub(mine);
    let chosen: Vec<&Lease> = if free.is_empty() && missing > 0 {
        let richest = owned
            .iter()
            .filter(|(owner, _)| **owner != me)
            .max_by_key(|(_, leases)| leases.len());
        // Taking from an owner with its fair share would only move the shortage.
        let steal = richest.filter(|(_, leases)| {
            leases.len() > target || (leases.len() == target && mine + 1 < target)
        });
        steal
            .and_then(|(_, leases)| leases.first().copied())
            .into_iter()
            .collect()
    } else {
        free.into_iter().take(missing).collect()
    };
    chosen.into_iter().cloned().collect()
}
