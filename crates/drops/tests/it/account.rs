//! Finding, listing, creating; whose account it is.

use drops::{Config, ConnectError, Created, DropError, DroppedFile, Drops, Notice};

use crate::{account, dropped};

#[tokio::test]
async fn sidecars_are_found_by_name_and_by_prefix() {
    let Some((server, drops)) = account() else {
        return;
    };
    for name in ["m/1.csv", "m/1.csv.done", "m/2.csv", "n/1.csv"] {
        dropped(&server, &drops, name, name.into()).await;
    }
    let listed = drops.list("drops", "m/1", 10).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|blob| blob.name.as_str()).collect();
    assert_eq!(names, ["m/1.csv", "m/1.csv.done"]);
    assert_eq!(drops.list("drops", "m/", 2).await.unwrap().len(), 2);

    let found = drops.find("drops", "m/1.csv.done").await.unwrap().unwrap();
    assert_eq!(
        (found.etag.as_str(), found.length),
        (listed[1].etag.as_str(), 12)
    );
    assert_eq!(drops.read_whole(&found, 100).await.unwrap(), "m/1.csv.done");
    assert_eq!(drops.find("drops", "m/3.csv").await.unwrap(), None);
}

#[tokio::test]
async fn a_blob_is_created_once() {
    let Some((_server, drops)) = account() else {
        return;
    };
    let create = async |text: &'static str| {
        drops
            .create("drops", "out/997.edi", text.into())
            .await
            .unwrap()
    };
    assert!(matches!(create("first").await, Created::New(_)));
    assert_eq!(create("second").await, Created::AlreadyThere);
    let found = drops.find("drops", "out/997.edi").await.unwrap().unwrap();
    assert_eq!(drops.read_whole(&found, 100).await.unwrap(), "first");
}

#[tokio::test]
async fn a_missing_container_says_nothing_about_the_file() {
    let Some((_server, drops)) = account() else {
        return;
    };
    let error = drops.list("elsewhere", "", 1).await.unwrap_err();
    assert!(
        matches!(error, DropError::Refused { status: 404, .. }),
        "{error}"
    );
    assert!(!error.is_about_the_file());
}

#[tokio::test]
async fn a_file_of_another_account_is_not_opened() {
    // Nothing listens there: the answer comes before any request.
    let config = Config {
        blob_service: "http://127.0.0.1:1/devstoreaccount1?sig=x".to_owned(),
        queue_service: String::new(),
        client_id: None,
    };
    let drops = Drops::connect(&config).unwrap();
    let event = r#"{"id":"e","eventType":"Microsoft.Storage.BlobCreated","eventTime":"2026-11-09T20:31:02Z",
        "subject":"/blobServices/default/containers/c/blobs/b",
        "data":{"api":"PutBlob","eTag":"0x1","contentLength":1,"url":"https://evil.example/c/b?x=y"}}"#;
    let Notice::Uploaded(file) = DroppedFile::from_message(event).unwrap() else {
        panic!("{event}")
    };
    let error = drops.open(&file, 0).await.unwrap_err();
    let expected = DropError::ForeignAccount {
        url: "https://evil.example/c/b".to_owned(),
        account: "127.0.0.1".to_owned(),
    };
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_token_is_never_sent_unencrypted() {
    let connect = |url: &str| {
        Drops::connect(&Config {
            blob_service: url.to_owned(),
            queue_service: String::new(),
            client_id: None,
        })
    };
    assert!(matches!(
        connect("http://127.0.0.1:1/a"),
        Err(ConnectError::NotSigned)
    ));
    assert!(matches!(
        connect("DefaultEndpointsProtocol=https"),
        Err(ConnectError::NotAUrl)
    ));
    let signed = connect("http://127.0.0.1:1/a?sig=secret").unwrap();
    assert!(!format!("{signed:?}").contains("secret"));
}
