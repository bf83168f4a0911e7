//! The verifiers decide as the vectors say.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use webhook_signature::{
    InvalidSecret, Secret, Untrusted, body_only,
    standard::{signature, verify},
    timestamped,
};

#[derive(Deserialize)]
struct Vector {
    name: String,
    scheme: String,
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
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../fixtures/signature_vectors.json")).unwrap();
    assert_eq!(vectors.len(), 19);
    for vector in vectors {
        let body = STANDARD.decode(&vector.body_base64).unwrap();
        let now = Timestamp::from_second(vector.now_unix).unwrap();
        let headers = headers(vector.headers);
        let verdict = match vector.scheme.as_str() {
            "standard-webhooks" => {
                let secrets = [Secret::parse(&vector.secret).unwrap()];
                verify(&headers, &body, &secrets, now).map(drop)
            }
            "samsara-v1" => {
                let secrets = [Secret::from_base64(&vector.secret).unwrap()];
                timestamped::verify(&headers, &body, &secrets, now)
            }
            scheme => panic!("no verifier for {scheme}"),
        };
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
        Secret::from_base64("%%").unwrap_err(),
        InvalidSecret::Base64
    );
    assert_eq!(
        Secret::parse("whsec_%%").unwrap_err(),
        InvalidSecret::Base64
    );
    assert_eq!(
        Secret::parse("whsec_bmV3").unwrap_err(),
        InvalidSecret::Length(3)
    );
}

/// A notification of DCSA 2.2: its secret, its subscription, its body, and the signature that was computed elsewhere.
const NOTIFICATION: (&str, &str, &[u8], &str) = (
    "bG9naXN0aWNzLXRlc3Qtc2VjcmV0LTMyLWJ5dGVzISE=",
    "b80d923d-e8ac-4c34-9506-55d3de347034",
    include_bytes!("../fixtures/notification.json"),
    "sha256=63e3d8c6f2acac3f051c5e75b6937ad4f5a8e9dbfa87b5007654420ecf926d13",
);

/// The verdict on the notification when it names `subscription`, carries `signature`, and `active` are active.
fn notified(subscription: &str, signature: &str, active: &[(&str, &str)]) -> Result<(), Untrusted> {
    let pairs = [
        ("Subscription-ID", subscription),
        ("Notification-Signature", signature),
    ];
    let headers = headers(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let secrets: Vec<_> = active
        .iter()
        .map(|(id, secret)| ((*id).to_owned(), Secret::from_base64(secret).unwrap()))
        .collect();
    body_only::verify(&headers, NOTIFICATION.2, &secrets).map(drop)
}

#[test]
fn a_notification_is_signed_over_its_body_alone() {
    let (secret, subscription, body, signed) = NOTIFICATION;
    assert_eq!(
        body_only::signature(&Secret::from_base64(secret).unwrap(), body),
        signed
    );
    assert_eq!(
        notified(subscription, signed, &[(subscription, secret)]),
        Ok(())
    );
    let upper = subscription.to_uppercase();
    assert_eq!(notified(&upper, signed, &[(subscription, secret)]), Ok(()));
}

#[test]
fn the_subscription_names_the_secret() {
    let (secret, subscription, _, signed) = NOTIFICATION;
    let other = NEW.strip_prefix("whsec_").unwrap();
    // Any active secret of the subscription, none of another one.
    assert_eq!(
        notified(
            subscription,
            signed,
            &[(subscription, other), (subscription, secret)]
        ),
        Ok(())
    );
    assert_eq!(
        notified(
            subscription,
            signed,
            &[(subscription, other), ("another", secret)]
        ),
        Err(Untrusted::SignatureMismatch)
    );
    assert_eq!(
        notified("unknown", signed, &[]),
        Err(Untrusted::SignatureMismatch)
    );
}

#[test]
fn a_signature_of_another_form_is_none() {
    let (secret, subscription, _, signed) = NOTIFICATION;
    let digits = signed.strip_prefix("sha256=").unwrap();
    for wrong in [
        digits,
        "sha256=",
        "sha256=zz",
        &signed[..signed.len() - 1],
        &signed.replace('d', "é"),
    ] {
        assert!(
            notified(subscription, wrong, &[(subscription, secret)]).is_err(),
            "{wrong}"
        );
    }
}
