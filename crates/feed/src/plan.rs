//! Which documents go together.

use std::collections::{HashMap, HashSet};

use record::Document;

/// Most operations in one transactional batch; the service's limit.
pub(crate) const BATCH_OPERATIONS_MAX: usize = 100;

/// Most bytes of documents in one batch. The service takes 2 MB (2,097,152) with everything around them.
pub(crate) const BATCH_BYTES_MAX: usize = 1_800_000;

/// What surrounds each document in a batch: `{"operationType":"Create","resourceBody":…},`, rounded up.
const OPERATION_OVERHEAD_BYTES: usize = 64;

/// Documents of one partition that are written together, by their place in the call.
pub(crate) type Group = Vec<usize>;

/// How the documents of one call are written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Groups in the order in which their first documents came.
    pub(crate) groups: Vec<Group>,
    /// Documents that are the same as an earlier one of the call.
    pub(crate) repeated: Vec<Repeated>,
}

/// A document that is the same as an earlier one of the call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) index: usize,
    pub(crate) first: usize,
}

/// A group that is being filled.
#[derive(Default)]
struct Open {
    group: Group,
    bytes: usize,
}

impl Plan {
    pub(crate) fn of(documents: &[Document]) -> Self {
        let mut groups = Vec::new();
        let mut repeated = Vec::new();
        let mut firsts = HashMap::with_capacity(documents.len());
        let mut open: HashMap<&str, Open> = HashMap::new();
        for (index, document) in documents.iter().enumerate() {
            let partition = document.partition().as_str();
            // The same id in two partitions is two documents.
            let first = *firsts.entry((partition, document.id())).or_insert(index);
            if first != index {
                repeated.push(Repeated { index, first });
                continue;
            }
            let bytes = document.json().len() + OPERATION_OVERHEAD_BYTES;
            let filling = open.entry(partition).or_default();
            let full = filling.group.len() == BATCH_OPERATIONS_MAX
                || filling.bytes + bytes > BATCH_BYTES_MAX;
            if full && !filling.group.is_empty() {
                groups.push(std::mem::take(&mut filling.group));
                filling.bytes = 0;
            }
            filling.group.push(index);
            filling.bytes += bytes;
        }
        groups.extend(open.into_values().map(|open| open.group));
        groups.sort_unstable_by_key(|group| group.first().copied());
        debug_assert_eq!(
            groups.iter().flatten().collect::<HashSet<_>>().len() + repeated.len(),
            documents.len(),
            "every document is planned once"
        );
        Self { groups, repeated }
    }
}
