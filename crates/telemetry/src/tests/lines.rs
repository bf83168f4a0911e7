//! What a line on stdout looks like.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::{info, info_span, subscriber::with_default};

use super::silent;
use crate::{Config, InitError, init::subscriber};

#[derive(Clone, Default)]
struct Stdout(Arc<Mutex<Vec<u8>>>);

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lines(log_filter: Option<&str>, say: impl FnOnce()) -> Vec<Value> {
    let stdout = Stdout::default();
    let config = Config {
        log_filter: log_filter.map(ToOwned::to_owned),
        ..silent()
    };
    let (subscriber, _guard) = subscriber(&config, {
        let stdout = stdout.clone();
        move || stdout.clone()
    })
    .unwrap();
    with_default(subscriber, say);
    let written = stdout.0.lock().unwrap();
    std::str::from_utf8(&written)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn an_event_is_one_flat_line() {
    let lines = lines(None, || {
        info_span!("ingest", source = "orders").in_scope(|| {
            info!(
                event = "ingested",
                source = "orders",
                correlation_id = "0af7",
                received = 9,
                note = "a\nb"
            );
        });
    });
    assert_eq!(lines.len(), 1);
    let line = lines[0].as_object().unwrap();
    let mut fields: Vec<_> = line.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "correlation_id",
            "event",
            "level",
            "note",
            "received",
            "source",
            "target",
            "timestamp"
        ]
    );
    assert_eq!(
        (&line["level"], &line["received"], &line["note"]),
        (&"INFO".into(), &9.into(), &"a\nb".into())
    );
}

#[test]
fn libraries_are_heard_from_warnings_on() {
    let lines = lines(None, || {
        for _ in 0..2 {
            tracing::info!(target: "hyper_util::client", "chatter");
            tracing::warn!(target: "azure_data_cosmos::driver", "throttled");
        }
        tracing::debug!("fine detail");
    });
    let said: Vec<_> = lines
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["throttled", "throttled"]);
}

#[test]
fn a_library_named_in_the_filter_is_heard() {
    let lines = lines(Some("warn,hyper=debug"), || {
        tracing::debug!(target: "hyper::proto", "named");
        info!("not asked for");
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["message"], "named");
}

#[test]
fn a_filter_that_is_none_is_refused() {
    let config = Config {
        log_filter: Some("orders=loud".to_owned()),
        ..silent()
    };
    assert!(matches!(
        subscriber(&config, io::sink),
        Err(InitError::LogFilter(_))
    ));
}

#[test]
fn the_connection_string_is_not_printed() {
    let config = Config {
        connection_string: Some("InstrumentationKey=secret".to_owned()),
        ..silent()
    };
    assert!(!format!("{config:?}").contains("secret"));
}
