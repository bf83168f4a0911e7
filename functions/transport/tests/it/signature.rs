//! The verifier decides as the vectors say.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use transport::signature::{InvalidSecret, Secret, Untrusted, signature, verify};

use crate::world::fixture;

#[derive(Deserialize)]
struct Vector {
    name: String,
    secret: String,
    headers: std::collections::BTreeMap<String, String>,
    body_base64: String,
    now_unix: i64,
    valid: bool,
}

fn headers(pairs: impl IntoIterator<Item = (String, String)>) -> HeaderMap {
    let pair = |(name, value): (String, String)| {
        (
            HeaderName::try_from(name).unwrap(),
            HeaderValue::try_from(value).unwrap(),
        )
    };
    pairs.into_iter().map(pair).collect()
}

#[test]
fn every_vector_decides_as_listed() {
    let vectors: Vec<Vector> = serde_json::from_slice(&fixture("signature_vectors.json")).unwrap();
    assert_eq!(vectors.len(), 17);
    for vector in vectors {
        let body = STANDARD.decode(&vector.body_base64).unwrap();
        let secrets = [Secret::parse(&vector.secret).unwrap()];
        let now = Timestamp::from_second(vector.now_unix).unwrap();
        let headers = headers(vector.headers);
        let verdict = verify(&headers, &body, &secrets, now);
        assert_eq!(
            verdict.is_ok(),
            vector.valid,
            "{}: {verdict:?}",
            vector.name
        );
    }
}

const NEW: &str = "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ=";
const OLD: &str = "whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWNyZXQ=";

/// The verdict on a message signed with `signed_with`, where `active` are active.
fn verdict(signed_with: &str, active: &[&str]) -> Result<(), Untrusted> {
    let secret = Secret::parse(signed_with).unwrap();
    let signed = signature(&secret, "msg_1", "1794252730", b"{}");
    let pairs = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", "1794252730"),
        ("webhook-signature", &*signed),
    ];
    let headers = headers(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let secrets: Vec<_> = active
        .iter()
        .map(|text| Secret::parse(text).unwrap())
        .collect();
    verify(
        &headers,
        b"{}",
        &secrets,
        Timestamp::from_second(1_794_252_730).unwrap(),
    )
    .map(|id| assert_eq!(id, "msg_1"))
}

#[test]
fn any_active_secret_will_do() {
    assert_eq!(verdict(NEW, &[OLD, NEW]), Ok(()));
    assert_eq!(verdict(OLD, &[OLD, NEW]), Ok(()));
}

#[test]
fn a_retired_secret_will_not() {
    assert_eq!(verdict(OLD, &[NEW]), Err(Untrusted::SignatureMismatch));
    assert_eq!(verdict(OLD, &[]), Err(Untrusted::SignatureMismatch));
}

#[test]
fn a_secret_is_checked_and_never_printed() {
    assert_eq!(format!("{:?}", Secret::parse(NEW).unwrap()), "Secret(..)");
    assert_eq!(Secret::parse("bmV3").unwrap_err(), InvalidSecret::Prefix);
    assert_eq!(
        Secret::parse("whsec_%%").unwrap_err(),
        InvalidSecret::Base64
    );
    assert_eq!(
        Secret::parse("whsec_bmV3").unwrap_err(),
        InvalidSecret::Length(3)
    );
}
