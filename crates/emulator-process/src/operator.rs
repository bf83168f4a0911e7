//! Somebody on call, at the admin routes of an app that runs in the test's own process.

use std::collections::BTreeSet;

use axum::{Router, body::Body};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Somebody who looks at letters, corrects and replays them. What is refused ends the test.
#[derive(Debug)]
pub struct Operator<'a>(&'a Router);

impl<'a> Operator<'a> {
    /// At this app.
    #[must_use]
    pub const fn at(app: &'a Router) -> Self {
        Self(app)
    }

    /// What a route answers.
    ///
    /// # Panics
    /// When the app does not answer with JSON.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/operate/{path}"))
            .header("content-type", "application/json")
            .header("x-operator", "ada")
            .body(Body::from(body.to_string()))
            .expect("a request");
        let answer = self.0.clone().oneshot(request).await;
        let answer = answer.expect("a router answers");
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        let json = serde_json::from_slice(&bytes.expect("a whole answer"));
        (status, json.unwrap_or_default())
    }

    /// What a route answers that only tells.
    pub async fn get(&self, path: &str) -> Value {
        self.done(Method::GET, path, &Value::Null).await
    }

    /// What a route answers that does something.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.done(Method::POST, path, body).await
    }

    async fn done(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(status.is_success(), "{path}: {status}, {answer:#}");
        answer
    }

    /// The open letters, as they are listed.
    pub async fn open_letters(&self) -> Vec<Value> {
        list(self.get("letters?state=open").await["letters"].take())
    }

    /// The id of the open letter whose failing field this is.
    ///
    /// # Panics
    /// When there is none or there are several.
    pub async fn letter_about(&self, field_path: &str) -> String {
        let letters = self.open_letters().await;
        let about: Vec<_> = letters
            .iter()
            .filter(|letter| letter["field_path"] == field_path)
            .filter_map(|letter| letter["id"].as_str())
            .collect();
        let [id] = about[..] else {
            panic!("{} letters about {field_path}: {letters:#?}", about.len());
        };
        id.to_owned()
    }

    /// The id of the open letter at this place.
    ///
    /// # Panics
    /// When there is none or there are several.
    pub async fn letter_at(&self, place: &str) -> String {
        let letters = self.open_letters().await;
        let at: Vec<_> = letters
            .iter()
            .filter(|letter| text(&letter["place"]).contains(place))
            .filter_map(|letter| letter["id"].as_str())
            .collect();
        let [id] = at[..] else {
            panic!("{} letters at {place}: {letters:#?}", at.len());
        };
        id.to_owned()
    }

    /// Lays a text over a letter's unit.
    pub async fn correct(&self, letter: &str, text: &str) {
        let correction = json!({ "kind": "replacement", "patch": text });
        let asked = json!({ "ids": [letter], "correction": correction, "why": "ticket 7" });
        self.post("letters/edit", &asked).await;
    }

    /// Asks what a letter would do, has it do that, and says what it came to.
    ///
    /// # Panics
    /// When it does something else than was said.
    pub async fn come_in(&self, letter: &str) -> CameIn {
        let came = self.looked_at_and_replayed(letter).await;
        let (would, outcome) = (&came.would, text(&came.done["outcome"]));
        let is_as_foretold = match outcome {
            "" => came.would_publish() == came.published,
            "failed_again" => would["would"] == "fail",
            "superseded" => would["rows"][0]["outcome"] == "superseded",
            _ => would["would"] == "publish",
        };
        assert!(is_as_foretold, "{came:#?}");
        came
    }

    /// The same, of a letter that comes in with neighbours which are there already.
    pub async fn looked_at_and_replayed(&self, letter: &str) -> CameIn {
        let would = self.dry_run(letter).await;
        let mut item = self.replay(letter).await;
        let targets = list(item["targets"].take());
        let ids = targets
            .iter()
            .map(|target| text(&target["document"]).to_owned());
        CameIn {
            published: ids.collect(),
            would,
            done: item["outcome"].take(),
        }
    }

    /// Lays a JSON patch over a letter, and returns what would come of it.
    pub async fn edit(&self, letter: &str, patch: &Value) -> Value {
        let correction = json!({ "kind": "json_patch", "patch": patch.to_string() });
        let asked = json!({ "ids": [letter], "correction": correction, "why": "ticket 7" });
        self.post("letters/edit", &asked).await[0].take()
    }

    /// Plans a letter, and says what it would do.
    pub async fn dry_run(&self, letter: &str) -> Value {
        let plan = self.plan(letter).await;
        let path = format!("plans/{}/dry-run/0", text(&plan["id"]));
        self.post(&path, &json!({})).await[0].take()
    }

    /// Replays a letter by a plan of its own, and returns what became of it: `awaiting` or `done`.
    pub async fn replay(&self, letter: &str) -> Value {
        let plan = self.plan(letter).await;
        let id = text(&plan["id"]);
        let asked = json!({ "digest": plan["digest"], "runner": "test", "why": "ticket 7" });
        self.post(&format!("plans/{id}/run"), &asked).await;
        self.get(&format!("plans/{id}/letters/0")).await[0].take()
    }

    /// Opens what is sealed in a letter.
    pub async fn unseal(&self, letter: &str) -> Value {
        let path = format!("letters/{letter}/unseal");
        self.post(&path, &json!({ "why": "ticket 7" })).await
    }

    /// That nobody reads `secret` in a letter but by an unsealing that is in the audit log.
    ///
    /// # Panics
    /// When somebody does.
    pub async fn reads_only_audited(&self, letter: &str, secret: &str) {
        for path in ["letters", "letters?format=csv", "groups", "audit", "plans"] {
            let shown = self.get(path).await.to_string();
            assert!(!shown.contains(secret), "{path}: {shown}");
        }
        let shown = self.get(&format!("letters/{letter}")).await;
        assert_eq!(shown["letter"]["raw"]["sealed"], true, "{shown:#}");
        assert!(!shown.to_string().contains(secret), "{shown:#}");
        let opened = self.unseal(letter).await;
        assert!(opened["unit"].to_string().contains(secret), "{opened:#}");
        let audit = self.get("audit").await;
        let mut entries = audit["entries"].as_array().into_iter().flatten();
        let unsealing = entries.find(|entry| entry["id"] == opened["audit"]);
        let unsealing = unsealing.expect("the audit log has it");
        assert_eq!(
            (&unsealing["verb"], &unsealing["who"]),
            (&"unseal".into(), &"ada".into()),
            "{audit:#}"
        );
    }

    async fn plan(&self, letter: &str) -> Value {
        let asked = json!({ "ids": [letter], "why": "ticket 7" });
        self.post("plans", &asked).await
    }
}

/// What a letter came to.
#[derive(Debug)]
pub struct CameIn {
    /// What was said of it before.
    pub would: Value,
    /// The documents that it brought.
    pub published: BTreeSet<String>,
    /// Its outcome, if it has one already.
    pub done: Value,
}

impl CameIn {
    /// The outcome; empty while it is to be observed.
    #[must_use]
    pub fn outcome(&self) -> &str {
        text(&self.done["outcome"])
    }

    /// What is said about a failure.
    #[must_use]
    pub fn detail(&self) -> &str {
        text(&self.done["detail"])
    }

    /// The documents that it was said to bring.
    #[must_use]
    pub fn would_publish(&self) -> BTreeSet<String> {
        let documents = self.would["documents"].as_array().into_iter().flatten();
        documents
            .map(|document| text(&document["id"]).to_owned())
            .collect()
    }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
