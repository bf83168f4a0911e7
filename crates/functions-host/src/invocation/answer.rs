//! The handler's answer to a payload, and what the real host would make of it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

/// A usable answer.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) outputs: Option<Map<String, Value>>,
    pub(crate) logs: Vec<String>,
    pub(crate) return_value: Option<Value>,
}

/// Why an answer makes the invocation fail.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum AnswerError {
    #[error("response status code does not indicate success: {}", .0.as_u16())]
    Status(StatusCode),
    #[error(
        "the handler answered {} with {what}: the real host never completes such an invocation, and kills the handler \
         with everything else in flight after functionTimeout; always answer a JSON object", .status.as_u16()
    )]
    WouldHang {
        status: StatusCode,
        what: &'static str,
    },
    #[error("media type {0:?} is not JSON")]
    MediaType(String),
    #[error("the answer is not valid: {0}")]
    Json(String),
}

impl Answer {
    /// Reads an answer; the body is not even looked at when the status is not 2xx.
    pub(crate) fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Self, AnswerError> {
        if !status.is_success() {
            return Err(AnswerError::Status(status));
        }
        if body.is_empty() {
            return Err(AnswerError::WouldHang {
                status,
                what: "an empty body",
            });
        }
        let media = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = media
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if essence != "application/json" && essence != "text/json" {
            return Err(AnswerError::MediaType(media.to_owned()));
        }
        match serde_json::from_slice(body).map_err(|error| AnswerError::Json(error.to_string()))? {
            Value::Null => Err(AnswerError::WouldHang {
                status,
                what: "null",
            }),
            Value::Object(fields) => Self::from_fields(fields),
            _ => Err(AnswerError::Json("it must be an object".to_owned())),
        }
    }

    fn from_fields(fields: Map<String, Value>) -> Result<Self, AnswerError> {
        let mut answer = Self::default();
        let wrong = |what: &str| AnswerError::Json(what.to_owned());
        for (name, value) in fields {
            match (name.to_ascii_lowercase().as_str(), value) {
                (_, Value::Null) => {}
                ("outputs", Value::Object(outputs)) => answer.outputs = Some(outputs),
                ("outputs", _) => return Err(wrong("Outputs must be an object")),
                ("logs", Value::Array(lines)) => {
                    let text = |line: Value| match line {
                        Value::String(text) => Ok(text),
                        Value::Null => Ok(String::new()),
                        Value::Bool(_) | Value::Number(_) => Ok(line.to_string()),
                        Value::Array(_) | Value::Object(_) => {
                            Err(wrong("Logs must be a list of texts"))
                        }
                    };
                    answer.logs = lines.into_iter().map(text).collect::<Result<_, _>>()?;
                }
                ("logs", _) => return Err(wrong("Logs must be a list of texts")),
                ("returnvalue", value) => answer.return_value = Some(value),
                _ => {}
            }
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, media: &'static str, body: &'static str) -> Result<Answer, AnswerError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(media));
        Answer::read(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            &Bytes::from_static(body.as_bytes()),
        )
    }

    #[test]
    fn names_are_matched_without_case() {
        let answer = read(
            200,
            "application/json; charset=utf-8",
            r#"{"outputs":{},"LOGS":["a"],"returnValue":1,"x":2}"#,
        );
        let expected = Answer {
            outputs: Some(Map::new()),
            logs: vec!["a".to_owned()],
            return_value: Some(Value::from(1)),
        };
        assert_eq!(answer, Ok(expected));
        assert_eq!(
            read(202, "text/json", r#"{"Outputs":null}"#),
            Ok(Answer::default())
        );
    }

    #[test]
    fn what_fails() {
        assert_eq!(
            read(500, "application/json", "{}"),
            Err(AnswerError::Status(StatusCode::INTERNAL_SERVER_ERROR))
        );
        assert!(matches!(
            read(200, "text/plain", "{}"),
            Err(AnswerError::MediaType(_))
        ));
        assert!(matches!(
            read(200, "application/json", "{"),
            Err(AnswerError::Json(_))
        ));
        assert!(matches!(
            read(200, "application/json", r#"{"Logs":"x"}"#),
            Err(AnswerError::Json(_))
        ));
        for (status, body) in [(204, ""), (200, ""), (200, "null")] {
            let error = read(status, "application/json", body).unwrap_err();
            assert!(error.to_string().contains("never completes"), "{error}");
        }
    }
}
