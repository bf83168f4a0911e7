//! Bytes of dead letters in blob storage.

use drops::LetterBytes;
use feed::{BlobReference, BlobStore as _};
use retry::{Class, Classify as _};

use crate::account;

#[tokio::test]
async fn bytes_are_kept_once_and_read_back_in_ranges() {
    let Some((_server, drops)) = account() else {
        return;
    };
    let store = LetterBytes::new(drops, "drops");
    let whole: Vec<u8> = (0..5_000_017u32)
        .map(|n| n.to_le_bytes()[n as usize % 3])
        .collect();
    let reference = store.put("orders/abc", &whole).await.unwrap();
    assert_eq!(store.put("orders/abc", &whole).await.unwrap(), reference);
    assert!(store.get(&reference).await.unwrap() == whole);
    let part = BlobReference {
        offset: 4_000_000,
        length: 100_000,
        ..reference.clone()
    };
    assert!(store.get(&part).await.unwrap() == whole[4_000_000..4_100_000]);
    let gone = BlobReference {
        name: "orders/none".to_owned(),
        ..reference
    };
    let error = store.get(&gone).await.unwrap_err();
    assert_eq!(error.class(), Class::Permanent, "{error}");
}
