//! Somebody on call, at the app's admin routes.

use std::collections::BTreeSet;

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) struct Operator {
    door: Router,
}

/// What a letter came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Came {
    /// These documents are in the feed now.
    Published(BTreeSet<String>),
    /// It has this outcome.
    Done(Value),
}

impl Came {
    pub(crate) fn ids(&self) -> &BTreeSet<String> {
        match self {
            Self::Published(ids) => ids,
            Self::Done(outcome) => panic!("nothing was published: {outcome:#}"),
        }
    }

    /// The outcome and what is said about it.
    pub(crate) fn outcome(&self) -> (&str, &str) {
        let Self::Done(outcome) = self else {
            panic!("published: {self:?}")
        };
        let text = |name: &str| outcome[name].as_str().unwrap_or_default();
        (text("outcome"), text("detail"))
    }
}

impl Operator {
    pub(crate) const fn at(door: Router) -> Self {
        Self { door }
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/operate/{path}"))
            .header("content-type", "application/json")
            .header("x-operator", "ada")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        let answer = self.door.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        let text = String::from_utf8(bytes.unwrap().to_vec()).unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The open letter at this place of its file.
    pub(crate) async fn letter(&self, place: &str) -> String {
        let listed = self.call("GET", "letters?state=open&limit=500", None).await;
        let letters = listed["letters"].as_array().unwrap();
        let at = |letter: &&Value| letter["place"].as_str().unwrap().contains(place);
        let found: Vec<_> = letters.iter().filter(at).collect();
        assert_eq!(found.len(), 1, "{place}: {letters:#?}");
        found[0]["id"].as_str().unwrap().to_owned()
    }

    /// Lays a text over the unit.
    pub(crate) async fn correct(&self, id: &str, text: &str) {
        let correction = json!({ "kind": "replacement", "patch": text });
        let body = json!({ "ids": [id], "correction": correction, "why": "INC-1" });
        self.call("POST", "letters/edit", Some(body)).await;
    }

    /// Plans, looks at what would come of it, runs, and says what came of it. What it would publish, it publishes.
    pub(crate) async fn replay(&self, id: &str) -> Came {
        let (would, came) = self.rehearsed_and_run(id).await;
        match &came {
            Came::Published(ids) => assert_eq!(documents(&would), *ids, "{would:#}"),
            Came::Done(outcome) => {
                let foretold = match outcome["outcome"].as_str().unwrap() {
                    "failed_again" => would["would"] == "fail",
                    "superseded" => would["rows"][0]["outcome"] == "superseded",
                    _ => would["would"] == "publish",
                };
                assert!(foretold, "{would:#} then {outcome:#}");
            }
        }
        came
    }

    pub(crate) async fn rehearsed_and_run(&self, id: &str) -> (Value, Came) {
        let body = json!({ "ids": [id], "why": "INC-1" });
        let plan = self.call("POST", "plans", Some(body)).await;
        let (plan, digest) = (plan["id"].as_str().unwrap(), &plan["digest"]);
        let path = format!("plans/{plan}/dry-run/0");
        let would = self.call("POST", &path, None).await;
        let path = format!("plans/{plan}/run");
        let body = json!({ "digest": digest, "runner": "r", "why": "INC-1", "budget_ms": 60_000 });
        let step = self.call("POST", &path, Some(body)).await;
        assert_eq!(step["all_tried"], true, "{step:#}");
        let came = match step["awaiting"][0]["targets"].as_array() {
            Some(targets) => {
                let ids = targets.iter();
                let ids = ids.map(|target| target["document"].as_str().unwrap().to_owned());
                Came::Published(ids.collect())
            }
            None => {
                let path = format!("plans/{plan}/letters/0");
                let items = self.call("GET", &path, None).await;
                Came::Done(items[0]["outcome"].clone())
            }
        };
        (would[0].clone(), came)
    }
}

pub(crate) fn documents(would: &Value) -> BTreeSet<String> {
    let documents = would["documents"].as_array().unwrap().iter();
    documents
        .map(|document| document["id"].as_str().unwrap().to_owned())
        .collect()
}
