//! Reading and writing through a real Azurite.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod reading;

use azurite::Server;
use drops::{Config, Created, DroppedFile, Drops, Notice};

/// Azurite and an account with the container `drops`; `None` where Node is missing.
fn account() -> Option<(Server, Drops)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let server = Server::for_test(&root)?;
    server.create_container("drops").unwrap();
    let config = Config {
        blob_service: server.blob_service_uri(),
        queue_service: server.queue_service_uri(),
        client_id: None,
    };
    let drops = Drops::connect(&config).unwrap();
    Some((server, drops))
}

/// Writes a blob and gives the event that storage would send for it.
async fn dropped(server: &Server, drops: &Drops, name: &str, content: Vec<u8>) -> DroppedFile {
    let length = content.len();
    let created = drops.create("drops", name, content.into()).await.unwrap();
    let Created::New(etag) = created else {
        panic!("{name} is there already")
    };
    file(server, name, &etag, length)
}

fn file(server: &Server, name: &str, etag: &str, length: usize) -> DroppedFile {
    let uri = server.blob_service_uri();
    let service = uri.split('?').next().unwrap();
    let url = format!("{service}/drops/{}", name.replace(' ', "%20"));
    let event = format!(
        r#"{{"id":"e-1","eventType":"Microsoft.Storage.BlobCreated","eventTime":"2026-11-09T20:31:02Z",
        "subject":"/blobServices/default/containers/drops/blobs/{name}",
        "data":{{"api":"PutBlob","eTag":"{etag}","contentLength":{length},"url":"{url}"}}}}"#
    );
    match DroppedFile::from_message(&event).unwrap() {
        Notice::Uploaded(file) => file,
        other => panic!("{other:?}"),
    }
}
