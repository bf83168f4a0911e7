//! Ranges, offsets, versions.

use std::time::Duration;

use bytes::Bytes;
use drops::{DropError, RANGE_FIRST, RANGE_MAX};
use futures::TryStreamExt as _;
use retry::{Class, Classify as _};

use crate::{account, dropped, file};

/// No two ranges of it are equal.
fn content(length: usize) -> Vec<u8> {
    (0..length.div_ceil(8))
        .flat_map(|number| (number * 0x9E37_79B9).to_le_bytes())
        .take(length)
        .collect()
}

#[tokio::test]
async fn a_file_comes_in_growing_ranges() {
    let Some((server, drops)) = account() else {
        return;
    };
    let whole = content(13 * 1024 * 1024 + 17);
    let file = dropped(&server, &drops, "in/a file.csv", whole.clone()).await;
    let reader = drops.open(&file, 0).await.unwrap();
    assert_eq!(reader.length(), 13 * 1024 * 1024 + 17);
    let ranges: Vec<Bytes> = reader.into_stream().try_collect().await.unwrap();
    let lengths: Vec<u64> = ranges.iter().map(|range| range.len() as u64).collect();
    assert_eq!(lengths[0], RANGE_FIRST);
    assert_eq!(lengths[1], 2 * RANGE_FIRST);
    assert!(
        lengths.iter().all(|length| *length <= RANGE_MAX),
        "{lengths:?}"
    );
    assert!(ranges.concat() == whole, "the ranges are the file");
}

#[tokio::test]
async fn a_reader_goes_on_where_another_one_ended() {
    let Some((server, drops)) = account() else {
        return;
    };
    let whole = content(300_001);
    let file = dropped(&server, &drops, "b.csv", whole.clone()).await;
    let mut first = drops.open(&file, 0).await.unwrap();
    let mut read = first.next().await.unwrap().unwrap().to_vec();
    let second = drops.open(&file, first.position()).await.unwrap();
    let rest: Vec<Bytes> = second.into_stream().try_collect().await.unwrap();
    read.extend_from_slice(&rest.concat());
    assert!(read == whole);
    let mut at_end = drops.open(&file, 300_001).await.unwrap();
    assert_eq!(at_end.next().await.unwrap(), None);
}

#[tokio::test]
async fn an_empty_file_has_no_range() {
    let Some((server, drops)) = account() else {
        return;
    };
    let file = dropped(&server, &drops, "empty.csv", Vec::new()).await;
    let mut reader = drops.open(&file, 0).await.unwrap();
    assert_eq!((reader.length(), reader.next().await.unwrap()), (0, None));
}

#[tokio::test]
async fn another_version_is_never_read() {
    let Some((server, drops)) = account() else {
        return;
    };
    let current = dropped(&server, &drops, "c.csv", content(100)).await;
    let old = file(&server, "c.csv", "0x1D000000000000", 100);
    let error = drops.open(&old, 0).await.unwrap_err();
    let expected = DropError::Changed {
        blob: "drops/c.csv".to_owned(),
        expected: "0x1D000000000000".to_owned(),
    };
    assert_eq!(error, expected);
    assert!(error.is_about_the_file() && error.class() == Class::Permanent);
    assert_eq!(drops.open(&current, 0).await.unwrap().length(), 100);
}

#[tokio::test]
async fn a_blob_that_changes_under_a_reader_ends_it() {
    let Some((server, drops)) = account() else {
        return;
    };
    let file = dropped(&server, &drops, "e.csv", content(200_000)).await;
    let mut reader = drops.open(&file, 0).await.unwrap();
    reader.next().await.unwrap();
    overwrite(&server, "e.csv").await;
    let error = reader.next().await.unwrap_err();
    assert!(matches!(error, DropError::Changed { .. }), "{error}");
    assert_eq!(reader.position(), drops::RANGE_FIRST);
}

#[tokio::test]
async fn a_file_that_is_gone_is_missing() {
    let Some((server, drops)) = account() else {
        return;
    };
    let error = drops
        .open(&file(&server, "none.csv", "0x1", 1), 0)
        .await
        .unwrap_err();
    assert!(matches!(error, DropError::Missing { .. }), "{error}");
}

#[tokio::test]
async fn an_account_that_cannot_be_reached_is_tried_again() {
    let Some((server, drops)) = account() else {
        return;
    };
    let file = dropped(&server, &drops, "d.csv", content(100)).await;
    drop(server);
    let started = std::time::Instant::now();
    let error = drops.open(&file, 0).await.unwrap_err();
    assert_eq!(error.class(), Class::TRANSIENT, "{error}");
    assert!(!error.is_about_the_file());
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "the retries are bounded"
    );
}

#[tokio::test]
async fn a_short_file_is_read_whole_and_a_long_one_is_not() {
    let Some((server, drops)) = account() else {
        return;
    };
    let file = dropped(&server, &drops, "s.json", content(200_000)).await;
    assert!(drops.read_whole(&file, 200_000).await.unwrap() == content(200_000));
    let error = drops.read_whole(&file, 199_999).await.unwrap_err();
    assert!(matches!(
        error,
        DropError::TooLong {
            length: 200_000,
            ..
        }
    ));
}

/// As a partner does who sends a file again under the same name.
async fn overwrite(server: &azurite::Server, name: &str) {
    let (service, sas) = server
        .blob_service_uri()
        .split_once('?')
        .map(|(service, sas)| (service.to_owned(), sas.to_owned()))
        .unwrap();
    let url = format!("{service}/drops/{name}?{sas}");
    let put = reqwest::Client::new()
        .put(url)
        .header("x-ms-blob-type", "BlockBlob")
        .body("other");
    put.send().await.unwrap().error_for_status().unwrap();
}
