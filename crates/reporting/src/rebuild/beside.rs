//! The second set of tables: where it is, that it is there, and that it is empty.

use record::{Entity, EpochMillis};

use super::merge::{Columns, Pair};
use crate::{ApplyError, Store, StoreError, Table, store::Engine, xref};

const MARKS: &str = "rpt_xref_touched";

impl Store {
    /// The store beside this one, for a report that is made anew. It keeps no ledger: what it takes in is no news.
    ///
    /// # Errors
    /// An address that names no plain schema.
    pub fn beside(&self) -> Result<Self, StoreError> {
        let engine = match &self.engine {
            Engine::Sqlite(engine) => Engine::Sqlite(engine.beside()),
            Engine::Postgres(engine) => Engine::Postgres(engine.beside()?),
        };
        Ok(Self {
            engine,
            is_beside: true,
        })
    }

    /// Makes the tables beside, or brings them up to date: a step of the deployment, as the report's own are.
    ///
    /// # Errors
    /// The database is away, or the tables cannot be made.
    pub async fn prepare_beside(&self) -> Result<Self, StoreError> {
        let beside = self.beside()?;
        if beside.check_schema().await.is_err() {
            if let Engine::Postgres(engine) = &beside.engine {
                engine.create_schema().await?;
            }
            beside.migrate().await?;
            beside.check_schema().await?;
        }
        Ok(beside)
    }

    /// Empties all that a rebuild fills.
    ///
    /// # Errors
    /// The store cannot write now.
    ///
    /// # Panics
    /// On any store that [`Store::beside`] did not give: a report is not emptied.
    pub async fn empty(&self) -> Result<(), ApplyError> {
        assert!(self.is_beside, "only what lies beside a report is emptied");
        let tables: Vec<&str> = Table::ALL
            .into_iter()
            .map(Table::name)
            .chain(xref::KEPT.iter().map(|kept| kept.name))
            .chain([MARKS, "rpt_rebuild"])
            .collect();
        match &self.engine {
            Engine::Sqlite(engine) => engine.delete_all(&tables).await?,
            Engine::Postgres(engine) => engine.truncate(&tables).await?,
        }
        Ok(())
    }

    /// Takes over into the store `beside` what it lacks and this one was given before an instant: rows whose documents
    /// the feed no longer holds. Their numbers are marked, so that the next resolution sees them.
    ///
    /// # Errors
    /// The store cannot write now.
    pub async fn keep(&self, beside: &Self, before: EpochMillis) -> Result<(), StoreError> {
        match (&self.engine, &beside.engine) {
            (Engine::Sqlite(live), Engine::Sqlite(beside)) => {
                // Written there and only read here, where somebody may hold the right to write.
                let pair = Pair::new("report", "main");
                let texts = keeping(&pair, &before.0.to_string());
                beside.run_attached(live, &pair.live, &texts).await?;
            }
            (Engine::Postgres(live), Engine::Postgres(beside)) => {
                let pair = Pair::new(live.schema_name()?, beside.schema_name()?);
                let before = format!("to_timestamp({}::numeric / 1000)", before.0);
                live.run_all(&keeping(&pair, &before)).await?;
            }
            (Engine::Sqlite(_), Engine::Postgres(_)) | (Engine::Postgres(_), Engine::Sqlite(_)) => {
            }
        }
        Ok(())
    }
}

/// The statements that take over what was written before an instant and is not there, with its edges.
fn keeping(pair: &Pair, before: &str) -> Vec<String> {
    let Pair { live, beside } = pair;
    let edges = Columns::of_kept(&xref::KEPT[0]).names();
    let mut texts = Vec::new();
    for table in Table::ALL {
        let columns = Columns::of(table);
        let (name, names) = (columns.name, columns.names());
        let missing = format!(
            "old.applied_at < {before} AND NOT EXISTS (SELECT 1 FROM {beside}.{name} AS fresh WHERE {})",
            columns.same_key()
        );
        let entities = Entity::ALL
            .iter()
            .filter(|&&entity| Table::of(entity) == table);
        for entity in entities.map(|entity| entity.as_str()) {
            texts.push(format!(
                "INSERT INTO {beside}.rpt_xref ({edges}) SELECT {edges} FROM {live}.rpt_xref AS edge \
                 WHERE edge.entity = '{entity}' AND edge.record_key IN (SELECT old.record_key FROM {live}.{name} AS old WHERE {missing}) \
                 ON CONFLICT DO NOTHING"
            ));
            texts.push(format!(
                "INSERT INTO {beside}.{MARKS} (kind, issuer, value) SELECT 'record', '{entity}', old.record_key \
                 FROM {live}.{name} AS old WHERE {missing} AND EXISTS \
                 (SELECT 1 FROM {live}.rpt_xref AS edge WHERE edge.entity = '{entity}' AND edge.record_key = old.record_key)"
            ));
        }
        texts.push(format!(
            "INSERT INTO {beside}.{name} ({names}) SELECT {names} FROM {live}.{name} AS old WHERE {missing}"
        ));
    }
    texts
}
