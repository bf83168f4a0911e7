//! A row of a snapshot that comes in by itself, later: so much lies in this place, as of the snapshot.

use drops::TakeError;
use feed::Reason;
use ingest::Normalized;

use super::{super::Work, Base, Site, age, group::seen};
use crate::{
    normalize::{Origin, Stock, stock},
    upstream::{checkpoint::label, front_door::fail, state::written},
    wire::fingerprint,
};

/// Takes in what lies in a place, with the version of the snapshot that did not say so in a readable way.
///
/// Unless a newer snapshot was begun: that one is compared with what the older ones said, so it may have written nothing
/// about this place, and what comes in now would stand. It is the newer one's word that counts then.
///
/// Otherwise the row is registered as a snapshot of its own that lists one place, before it is published, so that the next
/// one is compared with it as well.
pub(in crate::upstream) async fn take_row<'a>(
    work: &Work<'_>,
    origin: &Origin<'a>,
    place: &'a str,
    lies_there: &'a Stock,
) -> Result<(), TakeError> {
    let mut site = Site::of(work);
    site.read().await?;
    if site.is_overtaken() {
        site.superseded();
        return Ok(());
    }
    let content = written([(place, seen(Some(lies_there)))].into_iter());
    // The same row with the same correction is the same base; with another one it is another.
    let id = &work.delivery.correlation_id;
    let base = Base {
        id: format!("{id}-{:016x}", fingerprint(&content)),
        file: label(&work.delivery.file),
        age: age(work.name),
        groups: 1,
        started: 1,
        is_full: false,
    };
    site.write(&base, 0, content).await?;
    if !site.register(&base).await? {
        site.superseded();
        return Ok(());
    }
    match stock(place, lies_there, origin) {
        Ok(record) => {
            let normalized = Normalized {
                records: vec![record],
                rejections: Vec::new(),
            };
            work.deps.ingest.take(origin.message, normalized).await?;
        }
        Err(error) => {
            let place = format!("{}, {place}", work.delivery.file.path());
            fail(work.deps, Reason::InvalidUnit, place, error.to_string());
        }
    }
    Ok(())
}
