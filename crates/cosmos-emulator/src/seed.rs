//! The database and the containers that exist when the emulator is ready.

use azure_data_cosmos_driver::in_memory_emulator::{ContainerConfig, EmulatorStore};
use azure_data_cosmos_driver::models::PartitionKeyDefinition;

/// Name of the one database.
pub const DATABASE: &str = "crossdock";

/// One container that is created at start.
#[derive(Debug, Clone, Copy)]
pub struct ContainerSeed {
    /// Container name.
    pub name: &'static str,
    /// JSON path of the partition key.
    pub partition_key: &'static str,
    /// Number of physical partitions; the feed has one lease for each.
    pub partitions: u32,
}

/// Every container of the pipeline.
///
/// Batches, feed pages and queries of the emulator cost time in proportion to the documents in one physical partition,
/// so what grows has several of them. `receipts` has a TTL of 24 h in Azure, which the emulator would ignore.
pub const CONTAINERS: &[ContainerSeed] = &[
    ContainerSeed {
        name: "records",
        partition_key: "/partition",
        partitions: 16,
    },
    ContainerSeed {
        name: "dead-letters",
        partition_key: "/partition",
        partitions: 16,
    },
    ContainerSeed {
        name: "dead-letter-bytes",
        partition_key: "/partition",
        partitions: 4,
    },
    ContainerSeed {
        name: "operations",
        partition_key: "/partition",
        partitions: 4,
    },
    ContainerSeed {
        name: "receipts",
        partition_key: "/id",
        partitions: 4,
    },
    ContainerSeed {
        name: "checkpoints",
        partition_key: "/id",
        partitions: 1,
    },
    ContainerSeed {
        name: "leases",
        partition_key: "/id",
        partitions: 1,
    },
];

/// Creates [`DATABASE`] and [`CONTAINERS`] in an empty store.
pub(crate) fn seed(
    store: &EmulatorStore,
) -> Result<(), azure_data_cosmos_driver::error::CosmosError> {
    store.create_database(DATABASE);
    for container in CONTAINERS {
        let config = ContainerConfig::new()
            .with_partition_count(container.partitions)
            .build()?;
        let key = PartitionKeyDefinition::from(container.partition_key);
        store.create_container_with_config(DATABASE, container.name, key, config);
    }
    Ok(())
}
